import json
from pathlib import Path
from typing import Any

import pytest
import segno
from PIL import Image

from scanner.main import main


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_one_object_a_file_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [str(tmp_path / f"{name}.png") for name in "ba"]
    for path in paths:
        segno.make(Path(path).stem, micro=False).save(path, scale=6)
    assert main(["decode", "--json", *paths]) == 0
    found = lines(capsys)
    assert [each["file"] for each in found] == paths
    assert set(found[0]) == {"file", "codes", "ms"}
    (code,) = found[0]["codes"]
    assert set(code) == {"text", "hex", "format", "corners"}
    assert (code["text"], code["hex"], code["format"]) == ("b", "62", "qrcode")
    assert [len(corner) for corner in code["corners"]] == [2, 2, 2, 2]


def test_nothing_to_read_is_no_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("L", (60, 60), 255).save(tmp_path / "a.png")
    assert main(["decode", "--json", str(tmp_path / "a.png")]) == 0
    (found,) = lines(capsys)
    assert found["codes"] == []
    assert "error" not in found


def test_an_unreadable_file_is_told_and_the_others_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.png").write_bytes(b"no picture")
    segno.make("GOOD", micro=False).save(str(tmp_path / "b.png"), scale=6)
    files = [str(tmp_path / name) for name in ("a.png", "gone.png", "b.png")]
    assert main(["decode", "--json", *files]) == 1
    damaged, gone, good = lines(capsys)
    assert damaged["codes"] == gone["codes"] == []
    assert "no picture" in damaged["error"]
    assert gone["error"]
    assert good["codes"][0]["text"] == "GOOD"


def test_bytes_that_are_no_text_come_as_hex(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = b"\xff\xfe\x80ticket"
    segno.make(content, micro=False, mode="byte").save(str(tmp_path / "a.png"), scale=6)
    main(["decode", "--json", str(tmp_path / "a.png")])
    (code,) = lines(capsys)[0]["codes"]
    assert (code["text"], code["hex"]) == (None, content.hex())


def test_text_of_another_character_set_is_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text, encoding in (("a", "Été", "iso-8859-1"), ("b", "Театр", "iso-8859-5")):
        code = segno.make_qr(text, encoding=encoding, eci=encoding != "iso-8859-1")
        code.save(str(tmp_path / f"{name}.png"), scale=6)
    assert main(["decode", "--json", str(tmp_path / "a.png"), str(tmp_path / "b.png")]) == 0
    assert [found["codes"][0]["text"] for found in lines(capsys)] == ["Été", "Театр"]


def test_people_get_plain_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    segno.make("TICKET\x1b[2J", micro=False).save(str(tmp_path / "a.png"), scale=6)
    (tmp_path / "b.png").write_bytes(b"")
    assert main(["decode", str(tmp_path / "a.png"), str(tmp_path / "b.png")]) == 1
    told = capsys.readouterr()
    assert "qrcode  TICKET·[2J" in told.out
    assert told.err.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["decode"], ["fly"], ["lane"], ["enrol"]])
def test_wrong_usage_is_code_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_an_error_is_one_line_and_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status", "--state", str(tmp_path)]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("entrance-scanner: This device is not enrolled")
    assert told.err.count("\n") == 1


def test_the_doctor_looks_at_everything_and_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--state", str(tmp_path)]) == 1
    told = capsys.readouterr().out
    for part in ("zxing-cpp", "SQLite", "disk", "enrol CODE"):
        assert part in told

"""Files that only their owner may read: the old one or the new one, never a part of either."""

from __future__ import annotations

from pathlib import Path

import pytest

from validator.disk.private_files import new_private, write_private


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_file_is_replaced_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "feed.key"
    path.write_text("the old one")
    path.chmod(0o644)
    write_private(path, b"the new one")
    assert path.read_bytes() == b"the new one"
    assert path.stat().st_mode & 0o777 == 0o600
    assert names(tmp_path) == {"feed.key"}


def test_what_a_power_cut_left_of_a_draft_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "feed.key.new").write_bytes(b"half of a much longer one")
    write_private(tmp_path / "feed.key", b"whole")
    assert (tmp_path / "feed.key").read_bytes() == b"whole"
    assert names(tmp_path) == {"feed.key"}


def test_what_can_not_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "feed.key"
    path.write_bytes(b"the old one")
    (tmp_path / "feed.key.new").mkdir()
    with pytest.raises(OSError):
        write_private(path, b"the new one")
    assert path.read_bytes() == b"the old one"


def test_a_new_file_never_takes_the_place_of_one_that_is_there(tmp_path: Path) -> None:
    path = tmp_path / "member"
    path.write_bytes(b"the old one")
    with pytest.raises(FileExistsError), new_private(path) as file:
        file.write(b"the new one")
    assert path.read_bytes() == b"the old one"

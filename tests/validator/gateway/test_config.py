import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from rules.sources import ROOT
from validator.errors import FixConfig
from validator.gateway.config import Config, load
from validator.gateway.host.listeners import Address
from validator.model import CountMode, Direction, Gate, Reentry, StalePolicy

WHOLE = """
name = "Town hall"
data = "state"
plain = "[::1]:0"
tls = "192.0.2.7:9443"
poll_s = 5

[[gates]]
id = "a"
name = "Main entrance"
performances = [1, 2]

[[gates]]
id = "out"
name = "Way out"
performances = [1]
direction = "exit"
zones = 3
tariffs = [7]
reentry = "after_exit"
stale = "refuse"
stale_after_s = 30
count_mode = "hold"
symbologies = ["qrcode", "ean13"]
"""


KEY = "whsec_" + "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz" + "\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "gateway.toml"
    path.write_text(text)
    return path


def test_no_file_gives_a_gateway_that_only_this_machine_and_enrolled_devices_reach() -> None:
    config = load()
    assert config == Config()
    assert (config.plain, config.tls) == (Address("127.0.0.1", 8080), Address("0.0.0.0", 8443))
    assert config.upstreams == ()
    assert config.gates == ()


def test_every_key_is_read(tmp_path: Path) -> None:
    config = load(written(tmp_path, WHOLE))
    assert config == Config(
        name="Town hall",
        data=tmp_path / "state",
        plain=Address("::1", 0),
        tls=Address("192.0.2.7", 9443),
        poll_s=5.0,
        gates=(
            Gate("a", "Main entrance", (1, 2)),
            Gate(
                "out",
                "Way out",
                (1,),
                Direction.EXIT,
                3,
                (7,),
                Reentry.AFTER_EXIT,
                StalePolicy.REFUSE,
                30,
                CountMode.HOLD,
                ("qrcode", "ean13"),
            ),
        ),
    )


def test_the_example_of_the_documentation_has_every_key_and_is_read(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "configuration.md").read_text()
    (example,) = re.findall(r"^```toml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    for name in ("infomaniak.shop", "infomaniak.counter", "crm.key"):
        (tmp_path / name).write_text(KEY)
        (tmp_path / name).chmod(0o600)
    config = load(written(tmp_path, example))
    assert [gate.symbologies for gate in config.gates] == [("qrcode", "ean13")]
    table = tomllib.loads(example)
    assert set(table) == {field.name for field in fields(Config)}
    assert set(table["gates"][0]) == {field.name for field in fields(Gate)}


def test_the_argument_wins_over_the_file(tmp_path: Path) -> None:
    config = load(written(tmp_path, WHOLE), tmp_path / "elsewhere")
    assert config.data == tmp_path / "elsewhere"
    assert config.name == "Town hall"


GATE = '[[gates]]\nid = "a"\nname = "A"\nperformances = [1]\n'


@pytest.mark.parametrize(
    ("text", "named", "allowed"),
    [
        ("nmae = 'x'", "`nmae`", "name, data, plain, tls, upstreams, poll_s, hooks"),
        ("name = 3", "`name`", "a text"),
        ("name = ''", "`name`", "1 to 80"),
        ("plain = '0.0.0.0:8080'", "`plain`", "127.0.0.1:8080"),
        ("plain = 'box.example:8080'", "`plain`", "this machine only"),
        ("plain = '127.0.0.1'", "`plain`", "an address and a port"),
        ("tls = '0.0.0.0:99999'", "`tls`", "an address and a port"),
        ("tls = 8443", "`tls`", "an address and a port"),
        ("upstreams = 'magic'", "`upstreams`", "[[upstreams]]"),
        ("poll_s = 0", "`poll_s`", "0.1 to 3600"),
        ("poll_s = true", "`poll_s`", "0.1 to 3600"),
        ("gates = 1", "`gates`", "[[gates]]"),
        ("[gates]\nid = 'a'", "`gates`", "[[gates]]"),
        (GATE + "colour = 1", "`gates[0].colour`", "stale_after_s"),
        (GATE + "direction = 'in'", "`gates[0].direction`", '"entry", "exit"'),
        (GATE + "direction = []", "`gates[0].direction`", '"entry", "exit"'),
        (GATE + "zones = -1", "`gates[0].zones`", "0 to"),
        (GATE + "tariffs = 7", "`gates[0].tariffs`", "a list of numbers"),
        (GATE + "tariffs = ['x']", "`gates[0].tariffs`", "a list of numbers"),
        (GATE + "symbologies = 'qrcode'", "`gates[0].symbologies`", '"ean13"'),
        (GATE + "symbologies = ['QR']", "`gates[0].symbologies`", '"qrcode"'),
        (GATE + "symbologies = [1]", "`gates[0].symbologies`", '"qrcode"'),
        (GATE + GATE, "`gates`", "ids must differ"),
        ("[[gates]]\nid = 'a'\nname = 'A'", "`gates[0].performances`", "needs it"),
        ("[[gates]]\nid = 'A b'\nname = 'A'\nperformances = []", "`gates[0].id`", "a-z"),
        ("name = ", "gateway.toml", "TOML"),
    ],
)
def test_a_wrong_key_is_named_with_what_is_allowed(
    tmp_path: Path, text: str, named: str, allowed: str
) -> None:
    with pytest.raises(FixConfig) as refused:
        load(written(tmp_path, text))
    assert named in str(refused.value)
    assert allowed in str(refused.value)
    assert "gateway.toml" in str(refused.value)


def test_a_file_that_is_not_there_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(FixConfig, match="--config"):
        load(tmp_path / "none.toml")

import base64
import json
import random
from pathlib import Path
from typing import Any

import pytest

from simulators.pretix_codes import join
from validator.errors import TokenError
from validator.formats.pretix_sig1 import Signed, claimed, split
from validator.keys import KeyRing, SigningKey
from validator.model import Catalogue, Opaque, Reason, SourceKey
from validator.token import read
from validator.wire.rows import entry_row, read_entry

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "pretix_sig1.json").read_text())
ISSUED: list[dict[str, Any]] = VECTORS["vectors"]
FORGED: list[dict[str, Any]] = [
    vector for vector in VECTORS["forged"] if vector["what"] != "signed by the key of event series"
]
"""Without the one that is genuine, for another event."""
CODE_KEY = b"c" * 32
OWN = SigningKey.from_seed(b"p" * 32)


def key(event: str) -> SourceKey:
    public = bytes.fromhex(VECTORS["keys"][event]["raw_hex"])
    return SourceKey(f"pretix/{event}", public, "pretix")


def ring(*keys: SourceKey) -> KeyRing:
    return KeyRing.of(Catalogue.of(keys), CODE_KEY)


OF_OWN = ring(SourceKey("pretix/own", OWN.public, "pretix"))


def signed(payload: bytes) -> str:
    return join(Signed(payload, OWN.sign(payload)))


def reason(text: str, keys: KeyRing) -> str:
    with pytest.raises(TokenError) as caught:
        read(text, keys)
    return caught.value.reason


@pytest.mark.parametrize("vector", ISSUED, ids=lambda vector: vector["fields"]["seed"])
def test_every_issued_vector_is_genuine_and_splits_as_pretix_signed_it(
    vector: dict[str, Any],
) -> None:
    parts = split(vector["token"])
    assert parts.payload.hex() == vector["payload_hex"]
    assert parts.signature.hex() == vector["signature_hex"]
    assert join(parts) == vector["token"]
    assert isinstance(read(vector["token"], ring(key("fest"), key("series"))), Opaque)


@pytest.mark.parametrize("vector", FORGED, ids=lambda vector: vector["what"])
def test_no_forged_vector_is_taken_for_an_issued_one(vector: dict[str, Any]) -> None:
    keys = ring(key("fest"), key("series"))
    issued = {read(each["token"], keys) for each in ISSUED}
    try:
        assert read(vector["token"], keys) not in issued
    except TokenError as error:
        assert error.reason in (Reason.MALFORMED, Reason.BAD_SIGNATURE)


def test_a_token_of_another_event_is_forged_here() -> None:
    series = next(each["token"] for each in ISSUED if each["event"] == "series")
    assert reason(series, ring(key("fest"))) == Reason.BAD_SIGNATURE


def test_the_same_payload_signed_for_another_event_is_another_code() -> None:
    other = SigningKey.from_seed(b"q" * 32)
    both = ring(*(SourceKey(f"pretix/{k.public[0]}", k.public, "pretix") for k in (OWN, other)))
    one = read(signed(b"same"), both)
    two = read(join(Signed(b"same", other.sign(b"same"))), both)
    assert isinstance(one, Opaque) and isinstance(two, Opaque) and one.code != two.code


@pytest.mark.parametrize("length", [0, 13, 17, 27, 254, 255, 256, 257, 511, 512, 2_900])
def test_payloads_of_every_length_are_read_also_over_255_bytes(length: int) -> None:
    text = signed(bytes(length))
    assert claimed(text)
    assert split(text).payload == bytes(length)
    assert isinstance(read(text, OF_OWN), Opaque)


def test_a_token_without_the_validity_fields_is_read() -> None:
    payload = bytes.fromhex(ISSUED[0]["payload_hex"]).removesuffix(b"\x28\x00\x30\x00")
    text = signed(payload)
    assert len(text) == 112
    assert isinstance(read(text, OF_OWN), Opaque)


@pytest.mark.parametrize("stray", [" ", "\n", "\t", "-", "_", "=", "!", "é", "\x00", "\u200b"])
def test_one_stray_character_anywhere_is_refused(stray: str) -> None:
    text = ISSUED[0]["token"]
    for at in range(1, len(text) - 1):
        assert reason(text[:at] + stray + text[at:], ring(key("fest"))) == Reason.MALFORMED


def test_padding_is_exactly_what_was_printed() -> None:
    text = next(each["token"] for each in ISSUED if each["token"].startswith("=="))
    for other in (text[1:], text[2:], "=" + text, "==" + text):
        assert reason(other, ring(key("fest"))) == Reason.MALFORMED


def test_bits_that_base64_leaves_over_are_nought() -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for text in (each["token"] for each in ISSUED if each["token"].startswith("=")):
        at = text.count("=")
        last = alphabet.index(text[at])
        other = text[:at] + alphabet[last | 1] + text[at + 1 :]
        assert base64.b64decode(other[::-1]) == base64.b64decode(text[::-1])
        assert reason(other, ring(key("fest"))) == Reason.MALFORMED


@pytest.mark.parametrize("more", [b"\0", b"12", b"123", b"=" * 64])
def test_trailing_bytes_are_refused(more: bytes) -> None:
    raw = base64.b64decode(ISSUED[0]["token"][::-1]) + more
    assert reason(base64.b64encode(raw).decode()[::-1], ring(key("fest"))) == Reason.MALFORMED


@pytest.mark.parametrize("length", [0, 32, 63, 65, 128, 300])
def test_a_signature_has_64_bytes(length: int) -> None:
    text = join(Signed(bytes(300), bytes(length)))
    assert reason(text, OF_OWN) == Reason.MALFORMED


def test_any_changed_character_is_refused() -> None:
    chance = random.Random(3)
    text = ISSUED[0]["token"]
    genuine = read(text, ring(key("fest")))
    for at in range(2, len(text)):
        other = text[:at] + chance.choice("AZaz09+/") + text[at + 1 :]
        if other == text:
            continue
        try:
            assert read(other, ring(key("fest"))) != genuine
        except TokenError as error:
            assert error.reason in (Reason.MALFORMED, Reason.BAD_SIGNATURE)


def test_where_no_pretix_sells_such_a_text_is_a_plain_code() -> None:
    assert isinstance(read(FORGED[0]["token"], KeyRing({}, CODE_KEY)), Opaque)


def test_a_source_key_travels_in_the_catalogue() -> None:
    row = entry_row(key("fest"))
    assert row[0] == b"sourcekey:pretix/fest"
    assert read_entry(*row) == key("fest")

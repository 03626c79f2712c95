import dataclasses
import json
from itertools import product
from typing import Any

import msgpack
import pytest
import segno
from hypothesis import example, given
from hypothesis import strategies as st
from vectors.make_token_vectors import (
    CLAIMS,
    EVENING,
    FILE,
    KEY,
    KID,
    RING,
    render,
    sealed,
    wrong_payloads,
)

from validator.clock import Instant, parse_iso
from validator.errors import FixRequest, TokenError
from validator.formats import base45
from validator.model import Opaque, Reason, Serial, Token
from validator.token import END, EPOCH, MAX_PAYLOAD, PREFIX, Claims, claims_of, issue, read

TEXT = issue(KEY, KID, EVENING)
BODY = base45.decode(TEXT[len(PREFIX) : -len(END)])

u32 = st.integers(0, 0xFFFF_FFFF)
minutes = st.none() | st.integers(1, 0xFFFF_FFFF).map(lambda m: Instant(EPOCH + m * 60_000))
claims = st.builds(
    Claims,
    scope=st.integers(1, 0xFFFF_FFFF),
    serial=st.integers(1, 0xFFFF_FFFF),
    tariff=st.integers(0, 0xFFFF),
    zones=u32,
    valid_from=minutes,
    valid_until=minutes,
    admits=st.integers(1, 255),
    attention=st.booleans(),
).filter(lambda c: not c.valid_from or not c.valid_until or c.valid_from < c.valid_until)
near_tokens = st.text(base45.ALPHABET + ".:e1=\n", max_size=160).map(lambda text: "E1:" + text)


def spliced(whole: Any, parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Give `whole` with a few of its characters or bytes replaced by others."""
    places = st.tuples(st.integers(0, len(whole)), st.integers(0, 9), parts)
    return places.map(lambda it: whole[: it[0]] + it[2] + whole[it[0] + it[1] :])


def outcome(text: str, symbology: str | None = None) -> Token | Opaque | TokenError:
    try:
        return read(text, RING, symbology)
    except TokenError as error:
        return error


def reason(text: str) -> str | None:
    found = outcome(text)
    return found.reason if isinstance(found, TokenError) else None


def accepted(text: str) -> Token:
    found = outcome(text)
    assert isinstance(found, Token), found
    return found


@given(claims, st.sampled_from(sorted(RING.keys)))
def test_what_is_issued_reads_as_it_was(content: Claims, kid: int) -> None:
    token = accepted(issue(KEY, kid, content))
    assert (token.kid, token.serial) == (kid, Serial(content.scope, content.serial))
    for name in ("tariff", "zones", "valid_from", "valid_until", "admits", "attention"):
        assert getattr(token, name) == getattr(content, name)
    assert claims_of(token.payload) == token


@given(st.binary(max_size=200), st.sampled_from(["utf-8", "latin-1"]), st.booleans())
@example(b"\xff\xfe\x00", "utf-8", False)
def test_any_bytes_give_a_token_an_opaque_or_a_token_error(
    data: bytes, encoding: str, prefixed: bool
) -> None:
    found = outcome(PREFIX * prefixed + data.decode(encoding, "surrogateescape"))
    assert isinstance(found, Token | Opaque | TokenError)
    assert not (prefixed and isinstance(found, Opaque))


@given(
    st.text(max_size=200) | st.text(st.characters(categories=["Cs"])) | near_tokens,
    st.sampled_from([None, "qrcode", "ean13", "upca", "code128", ""]),
)
@example("E1:", None)
@example("e1:", None)
@example("\r\nE1:.\x1d", None)
@example("]Q3\\000026E1:0.", None)
def test_any_text_gives_a_token_an_opaque_or_a_token_error(
    text: str, symbology: str | None
) -> None:
    found = outcome(text, symbology)
    assert isinstance(found, Token | Opaque | TokenError)
    if isinstance(found, Opaque):
        assert outcome(found.text, found.symbology) == found


@given(st.binary(max_size=40) | spliced(BODY[:-64], st.binary(max_size=9)))
def test_any_signed_payload_gives_its_one_token_or_is_malformed(payload: bytes) -> None:
    found = outcome(sealed(payload))
    if isinstance(found, Token):
        assert found.payload == payload == msgpack.packb(msgpack.unpackb(payload))
    else:
        assert isinstance(found, TokenError)
        assert found.reason in (Reason.MALFORMED, Reason.UNKNOWN_KEY)


@given(st.lists(st.integers(0, 3) | u32 | st.none() | st.booleans(), min_size=8, max_size=10))
def test_any_signed_array_gives_its_one_token_or_is_refused(values: list[Any]) -> None:
    payload = msgpack.packb(values)
    found = outcome(sealed(payload))
    assert isinstance(found, Token | TokenError)
    if isinstance(found, Token):
        assert len(values) == 9 and found.payload == payload


@given(near_tokens | spliced(TEXT, st.text(base45.ALPHABET + "e1\r\n", max_size=5)))
@example(TEXT.lower() + "\r\n")
def test_an_accepted_text_is_the_one_text_of_its_token(text: str) -> None:
    found = outcome(text)
    if isinstance(found, Token):
        assert text.strip("\r\n\t\x1d").upper() == TEXT


def test_no_flipped_bit_of_a_token_verifies() -> None:
    for at in range(len(BODY) * 8):
        flipped = bytearray(BODY)
        flipped[at // 8] ^= 1 << at % 8
        assert reason(f"{PREFIX}{base45.encode(bytes(flipped))}{END}") is not None


@given(st.integers(3, len(TEXT) - 1), st.sampled_from(base45.ALPHABET + "=_éſ\x00\n"))
def test_no_changed_character_of_a_token_verifies(at: int, char: str) -> None:
    other = TEXT[:at] + char + TEXT[at + 1 :]
    if other != TEXT:
        assert reason(other) is not None


@pytest.mark.parametrize(
    "text",
    [TEXT.lower(), TEXT + "\r\n", TEXT + "\t", "\\000026" + TEXT, "]Q3" + TEXT + "\x1d"],
)
def test_one_ticket_however_it_was_transmitted(text: str) -> None:
    assert accepted(text) == accepted(TEXT)


@given(st.integers(0, len(TEXT)), st.sampled_from(base45.ALPHABET + "=_- \n\r\x00\u200b\u00a0éa"))
def test_peers_fault_3_a_stray_character_does_not_give_a_cancelled_code_a_new_identity(
    at: int, char: str
) -> None:
    found = outcome(TEXT[:at] + char + TEXT[at:])
    assert not isinstance(found, Token) or found.code == accepted(TEXT).code


def test_peers_fault_4_tokens_of_every_length_are_read() -> None:
    lengths, codes = set(), set()
    ids, latest = (1, 0xFF, 0xFFFF, 0xFFFF_FFFF), CLAIMS["largest"][1]
    for kid, scope, serial, zones, admits, timed in product(
        (0, 0xFFFF), ids, ids, ids, (1, 255), (False, True)
    ):
        content = Claims(scope, serial, 0xFFFF if timed else 0, zones, admits=admits)
        if timed:
            content = dataclasses.replace(
                content, valid_from=latest.valid_from, valid_until=latest.valid_until
            )
        token = accepted(issue(KEY, kid, content))
        assert (*token.serial, token.zones) == (scope, serial, zones)
        lengths.add(len(token.payload))
        codes.add(token.code)
    assert lengths == set(range(10, 36))
    assert len(codes) == 2 * 4**3 * 2 * 2


@pytest.mark.parametrize("value", [127, 128, 255, 256, 65_535, 65_536, 0xFFFF_FFFF])
def test_peers_fault_4_values_at_the_edges_of_lengths_are_read(value: int) -> None:
    token = accepted(issue(KEY, KID, Claims(scope=value, serial=value, tariff=1, zones=value)))
    assert (*token.serial, token.zones) == (value, value, value)


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 100, 101, 255, 256, 257, 2000])
def test_peers_fault_4_bodies_of_any_other_length_are_malformed(size: int) -> None:
    assert reason(f"{PREFIX}{base45.encode(bytes(size))}{END}") == Reason.MALFORMED


@pytest.mark.parametrize(
    "text",
    ["", " ", "\n", "E1:", "e1:", "E1:.", "E1:AA", "E1:" + "A" * 5_000, "\ud800", TEXT[:-1]],
)
def test_peers_fault_5_a_malformed_text_is_a_refusal_and_not_a_fault(text: str) -> None:
    assert reason(text) == Reason.MALFORMED


@pytest.mark.parametrize("name", wrong_payloads())
def test_peers_fault_5_a_signed_but_malformed_payload_is_a_refusal(name: str) -> None:
    payload = wrong_payloads()[name]
    assert reason(sealed(payload)) == Reason.MALFORMED
    with pytest.raises(TokenError) as caught:
        claims_of(payload)
    assert caught.value.reason == Reason.MALFORMED


@given(st.binary(max_size=MAX_PAYLOAD + 4))
def test_any_payload_of_a_journal_row_is_a_token_or_malformed(payload: bytes) -> None:
    try:
        assert claims_of(payload).payload == payload
    except TokenError as error:
        assert error.reason == Reason.MALFORMED


def test_no_error_repeats_the_code() -> None:
    for text in (TEXT[:-1], TEXT[:40] + "=" + TEXT[40:], "E&M" + TEXT[3:]):
        found = outcome(text)
        assert isinstance(found, TokenError)
        assert TEXT[10:20] not in str(found)


def test_a_token_typed_through_a_french_keyboard_names_the_layout() -> None:
    found = outcome("E&M" + TEXT[3:-1].replace("0", "à") + ":")
    assert isinstance(found, TokenError) and found.reason == Reason.MALFORMED
    assert "AZERTY" in str(found)


def test_the_end_is_exclusive_and_times_count_from_2020() -> None:
    assert parse_iso("2020-01-01T00:00:00Z") == EPOCH
    one = Claims(1, 1, 0, valid_from=Instant(EPOCH + 60_000), valid_until=Instant(EPOCH + 120_000))
    assert accepted(issue(KEY, KID, one)).payload.hex() == "990701010000010201" + "00"
    for start in (EPOCH + 120_000, EPOCH + 180_000):
        with pytest.raises(FixRequest):
            issue(KEY, KID, dataclasses.replace(one, valid_from=Instant(start)))


@pytest.mark.parametrize(
    "change",
    [
        {"scope": 0},
        {"scope": 2**32},
        {"serial": 0},
        {"serial": 2**32},
        {"tariff": -1},
        {"tariff": 2**16},
        {"zones": -1},
        {"zones": 2**32},
        {"admits": 0},
        {"admits": 256},
        {"valid_from": EPOCH},
        {"valid_until": Instant(EPOCH - 60_000)},
        {"valid_from": Instant(EPOCH + 60_001)},
        {"valid_until": Instant(EPOCH + 2**32 * 60_000)},
    ],
)
def test_claims_out_of_range_are_not_signed(change: dict[str, Any]) -> None:
    with pytest.raises(FixRequest):
        issue(KEY, KID, dataclasses.replace(EVENING, **change))


@pytest.mark.parametrize("kid", [-1, 2**16])
def test_a_key_number_out_of_range_is_not_signed(kid: int) -> None:
    with pytest.raises(FixRequest):
        issue(KEY, kid, EVENING)


@pytest.mark.parametrize("name", CLAIMS)
def test_a_token_fits_a_qr_code_of_version_6_in_alphanumeric_mode(name: str) -> None:
    text = issue(KEY, *CLAIMS[name])
    assert set(text) <= set(base45.ALPHABET)
    symbol = segno.make(text, error="m", micro=False, boost_error=False)
    assert (symbol.mode, symbol.error) == ("alphanumeric", "M")
    assert isinstance(symbol.version, int) and symbol.version <= 6


def test_the_longest_body_takes_154_characters_of_version_6() -> None:
    text = PREFIX + base45.encode(b"\xff" * (MAX_PAYLOAD + 64)) + END
    assert len(text) == 154
    assert segno.make(text, error="m", micro=False, boost_error=False).version == 6


def test_the_vectors_are_those_that_the_code_writes() -> None:
    assert FILE.read_text(encoding="utf-8") == render()


def test_the_vectors_refusals_are_three_kinds() -> None:
    refused = json.loads(FILE.read_text(encoding="utf-8"))["refused"]
    kinds = {Reason.MALFORMED, Reason.UNKNOWN_KEY, Reason.BAD_SIGNATURE}
    assert {item["reason"] for item in refused} == kinds
    assert len({item["text"] for item in refused}) == len(refused)

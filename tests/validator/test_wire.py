"""The wire: what is packed comes back, and what is not ours is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubles.evening import CATALOGUE, GATE, NOW, listed, revocation, token, use
from validator.clock import Instant, iso, parse_iso
from validator.errors import FixRequest, WireError
from validator.model import (
    CheckInId,
    Decision,
    Direction,
    Entry,
    FirstUse,
    Listing,
    Next,
    Reason,
    Scan,
    Verdict,
    is_uuid7,
    uuid7,
)
from validator.wire.codec import convert, pack, unpack, unpack_plain
from validator.wire.json import verdict_json
from validator.wire.messages import Claimed, ClaimRequest, Hello, decode, encode
from validator.wire.rows import (
    entry_row,
    listing_row,
    read_entry,
    read_listing,
    read_ref,
    read_revocation,
    read_use,
    revocation_row,
    use_row,
)

VERDICT = Verdict(
    Decision.REFUSE,
    Reason.ALREADY_USED,
    Next.OTHER_TICKET,
    code=token().code,
    ticket=listed(token()),
    first_use=FirstUse(NOW, "a", "F 12"),
    age_s=1.25,
)


def test_every_kind_of_row_comes_back() -> None:
    entries: tuple[Entry, ...] = (
        *CATALOGUE.performances.values(),
        *CATALOGUE.passes.values(),
        *CATALOGUE.tariffs.values(),
        *CATALOGUE.gates.values(),
        *CATALOGUE.sources.values(),
        *CATALOGUE.keys.values(),
    )
    for entry in entries:
        assert read_entry(*entry_row(entry)) == entry
    listing = Listing(token().serial, listed(token()))
    assert read_listing(*listing_row(listing)) == listing
    assert read_revocation(*revocation_row(revocation(token()))) == revocation(token())
    assert read_use(*use_row(use(token()))) == use(token())


def test_messages_come_back() -> None:
    claim = ClaimRequest(Scan(CheckInId("x"), "E1:", NOW), GATE.id, Direction.ENTRY, (), 3)
    assert decode(encode(claim)) == claim
    assert decode(encode(Claimed(CheckInId("x"), VERDICT))) == Claimed(CheckInId("x"), VERDICT)


@given(st.binary(max_size=300))
def test_bytes_from_outside_give_a_message_or_a_wire_error(data: bytes) -> None:
    try:
        message = decode(data)
    except WireError:
        return
    assert decode(encode(message)) == message


def test_a_map_with_a_list_as_key_is_refused() -> None:
    with pytest.raises(WireError):
        unpack_plain(b"\x81\x90\x01")


def test_too_large_a_message_is_refused_unread() -> None:
    with pytest.raises(WireError):
        unpack_plain(bytes(8 * 1024 * 1024 + 1))


def test_a_true_is_no_number_and_a_number_is_no_text() -> None:
    for wrong in ([1, "d", [], True, 5], [1, 7, [], 0, 5], [1, "d", {}, 0, 5], [1], 5, None):
        with pytest.raises(WireError):
            convert(Hello, wrong)


def test_a_field_added_by_a_newer_version_is_read_over() -> None:
    data = pack(["x", [*unpack_plain(pack(VERDICT)), "new"]])
    assert convert(Claimed, unpack_plain(data)).verdict == VERDICT


def test_rows_under_foreign_keys_are_refused() -> None:
    for key in (b"", b"x123", b"s123", b"c1", b"t\xff"):
        with pytest.raises(WireError):
            read_ref(key)
    with pytest.raises(WireError):
        read_entry(b"fountain:1", pack([]))
    key, value = use_row(use(token()))
    with pytest.raises(WireError):
        read_use(key[:-1] + b"x", value)


def test_a_verdict_has_the_agreed_names_on_http() -> None:
    assert verdict_json(CheckInId("x"), VERDICT) == {
        "id": "x",
        "code": token().code.hex(),
        "decision": "refuse",
        "reason": "already_used",
        "assurance": "provisional",
        "ticket": "1043-2-K7QM",
        "count": 0,
        "first_use": {"at": iso(NOW), "gate": "a", "seat": "F 12"},
        "age_s": 1.2,
        "next": "other_ticket",
        "conflict": False,
    }


@given(st.integers(0, 253_402_300_799_999))
def test_times_are_written_and_read_back(ms: int) -> None:
    assert parse_iso(iso(Instant(ms))) == ms


def test_a_time_without_zone_or_sense_is_refused_and_a_far_one_is_cut_off() -> None:
    for text in ("2026-11-22T19:00", "soon", ""):
        with pytest.raises(FixRequest):
            parse_iso(text)
    assert iso(Instant(1 << 60)) == "9999-12-31T23:59:59.999Z"


@given(st.integers(0, (1 << 48) - 1), st.binary(min_size=10, max_size=10))
def test_ids_are_uuids_of_version_7_in_order_of_time(ms: int, entropy: bytes) -> None:
    id = uuid7(Instant(ms), entropy)
    assert is_uuid7(id)
    assert id < uuid7(Instant(ms + 1), entropy) or ms == (1 << 48) - 1
    assert not is_uuid7(id.upper()) or id.upper() == id
    assert unpack(Scan, pack(Scan(id, "t", NOW))).id == id

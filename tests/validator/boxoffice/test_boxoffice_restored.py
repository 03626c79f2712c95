"""A box office that was put back to a backup never gives out what it gave out before."""

import sqlite3
from pathlib import Path

import pytest

from doubles.boxoffice.box import STANDING, TONIGHT, active_key, entropy, open_box
from doubles.clock.hand_clock import HandClock
from validator.boxoffice.records.issuer import SKIP_BLOCKS, SKIP_SERIALS
from validator.clock import Instant
from validator.errors import FixConfig
from validator.model import Revocation, RevocationKind, Serial
from validator.revocation import PAGE_BYTES, RevocationSet


def serial_after(folder: Path, seed: str) -> int:
    """Return the next serial that a box office with other random bytes sells."""
    office = open_box(folder, HandClock(), seed)
    office.start_after_restore()
    (ticket,) = office.orders.sell("Ada", "", [STANDING]).tickets
    office.close()
    assert ticket.codes[-1].serial is not None
    return ticket.codes[-1].serial


def test_serials_skip_whole_blocks_at_random(tmp_path: Path) -> None:
    last, steps = 1, set()
    for seed in "abcdef":
        serial = serial_after(tmp_path, seed)
        blocks, rest = divmod(serial - last, SKIP_SERIALS)
        assert 1 <= blocks <= SKIP_BLOCKS
        assert rest in (0, 1)
        last = serial
        steps.add(blocks)
    assert len(steps) > 1


def test_a_new_key_signs_and_the_old_tickets_stay_good(tmp_path: Path) -> None:
    office = open_box(tmp_path, HandClock())
    office.start_after_restore()
    kid = active_key(office)
    office.close()
    assert 3 <= kid <= 258
    again = open_box(tmp_path, HandClock(), "another")
    assert active_key(again) == kid
    assert (tmp_path / f"issuer-{kid}.key").exists()
    again.close()


def test_a_scope_without_serials_left_is_said_so(tmp_path: Path) -> None:
    office = open_box(tmp_path, HandClock())
    db = sqlite3.connect(tmp_path / "boxoffice.sqlite")
    db.execute("UPDATE performances SET next_serial = ?", ((1 << 32) - SKIP_SERIALS,))
    db.commit()
    db.close()
    with pytest.raises(FixConfig, match=f"{TONIGHT} has no serials left"):
        office.start_after_restore()
    office.close()


def test_serials_far_apart_cost_one_page_each() -> None:
    draw = entropy("restores")
    serials, last = [], 1
    for _ in range(16):
        last += (1 + int.from_bytes(draw(8), "big") % SKIP_BLOCKS) * SKIP_SERIALS
        serials += [last, last + 1]
    found = RevocationSet.from_rows(
        Revocation(Serial(5, serial), RevocationKind.CANCELLED, Instant(0)) for serial in serials
    )
    assert len(found.image()) < 17 * PAGE_BYTES
    assert all(found.hits(Serial(5, serial)) for serial in serials)
    assert not found.hits(Serial(5, last + 2))

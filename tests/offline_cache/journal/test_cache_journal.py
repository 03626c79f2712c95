"""The journal: chained, durable, delivered once, and what a crash leaves of the light."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doubles.evening import GATE, NOW, opaque, token
from doubles.store.device_cache import check_in, opened
from offline_cache.cache import Cache
from offline_cache.errors import CacheError
from validator.model import CheckIn, CheckInId, Kind, Numbered
from validator.ports import Outcome
from validator.wire.codec import unpack
from validator.wire.messages import Acknowledged, JournalRow


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    cache = opened(tmp_path)
    yield cache
    cache.close()


def crashed(cache: Cache, folder: Path) -> Cache:
    """Return the cache as a new process finds it when the old one was killed."""
    copy = folder / "after-crash"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    for name in ("cache.sqlite", "cache.sqlite-wal"):
        shutil.copy(folder / name, copy / name)
    return opened(copy)


def is_open(cache: Cache, number: int = 1) -> bool:
    return cache.facts(token(number), GATE, NOW).open is not None


def check_chain(rows: tuple[JournalRow, ...]) -> None:
    assert [row.sequence for row in rows] == list(range(1, len(rows) + 1))
    assert all(row.hash == sha256(row.previous + row.body).digest() for row in rows)
    assert all(later.previous == row.hash for row, later in pairwise(rows))
    assert not rows or rows[0].previous == bytes(32)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(1, 30)),
        st.tuples(st.just("acknowledge"), st.integers(0, 30)),
        st.tuples(st.just("reopen"), st.just(0)),
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None)
@given(steps)
def test_whatever_happens_the_chain_has_no_gap_and_nothing_is_owed_twice(
    what: list[tuple[str, int]],
) -> None:
    with TemporaryDirectory() as folder:
        cache = opened(Path(folder))
        written: list[JournalRow] = []
        settled = 0
        for step, number in what:
            if step == "append":
                row = cache.append(check_in(number, token()))
                if row not in written:
                    written.append(row)
            elif step == "acknowledge":
                cache.acknowledge(Acknowledged(min(number, len(written)), ()))
                settled = max(settled, min(number, len(written)))
            else:
                cache.close()
                cache = opened(Path(folder))
            check_chain(tuple(written))
            assert cache.owed() == tuple(written[settled:])
            assert cache.backlog() == len(written) - settled
            assert cache.journalled() == len(written)
        cache.close()


def test_a_row_holds_the_check_in_as_it_was(cache: Cache) -> None:
    event = check_in(1, token())
    assert unpack(CheckIn, cache.append(event).body) == event


def test_another_event_under_a_known_id_is_refused(cache: Cache) -> None:
    cache.append(check_in(1, token()))
    with pytest.raises(CacheError):
        cache.append(check_in(1, token(), count=2))
    assert cache.journalled() == 1
    assert cache.facts(token(), GATE, NOW).uses[0].count == 1


def test_what_is_appended_outlives_a_kill(cache: Cache, tmp_path: Path) -> None:
    row = cache.append(check_in(1, token()))
    after = crashed(cache, tmp_path)
    assert after.owed() == (row,)
    assert len(after.facts(token(), GATE, NOW).uses) == 1
    assert after.append(check_in(2, token(2))).previous == row.hash


def test_a_code_that_is_not_listed_here_may_be_any_ticket_so_all_owed_rows_go_with_it(
    cache: Cache,
) -> None:
    rows = (cache.append(check_in(1, token(1))), cache.append(check_in(2, token(2))))
    for reading in (opaque(), Numbered("1-1-AAAA")):
        assert cache.owed(names=cache.facts(reading, GATE, NOW).names) == rows


def test_peer_fault_7_a_rejected_row_is_kept_with_its_reason_and_blocks_nothing(
    cache: Cache,
) -> None:
    events = [check_in(n, token(n)) for n in (1, 2, 3)]
    for event in events:
        cache.append(event)
    bad = Outcome(events[1].id, False, "This row can't be read.")
    cache.acknowledge(Acknowledged(3, (Outcome(events[0].id, True), bad)))
    assert cache.backlog() == 0
    assert cache.rejected() == ((events[1].id, "This row can't be read."),)
    assert len(cache.facts(token(2), GATE, NOW).uses) == 1, "it was shown, so it is used"
    cache.acknowledge(Acknowledged(3, (Outcome(events[1].id, True),)))
    assert len(cache.rejected()) == 1, "an answered row stays answered"


def test_an_outcome_of_an_unknown_check_in_changes_nothing(cache: Cache) -> None:
    cache.append(check_in(1, token()))
    cache.acknowledge(Acknowledged(0, (Outcome(CheckInId("x"), False),)))
    assert cache.backlog() == 1


def test_a_restored_gateway_is_owed_again_what_it_has_lost(cache: Cache) -> None:
    rows = [cache.append(check_in(n, token(n))) for n in range(1, 6)]
    cache.acknowledge(Acknowledged(5, (Outcome(check_in(4, token(4)).id, False, "no"),)))
    assert cache.owe_after(5) == 0
    assert cache.owe_after(3) == 2
    assert list(cache.owed()) == rows[3:]


def test_an_admission_that_was_never_lit_is_open_for_its_ticket(
    cache: Cache, tmp_path: Path
) -> None:
    event = check_in(1, token())
    cache.append(event)
    assert not is_open(cache), "only a new start tells that the light never went on"
    after = crashed(cache, tmp_path)
    assert after.facts(token(), GATE, NOW).open == event
    assert not is_open(after, 2)
    by_code = opaque()
    assert after.facts(by_code, GATE, NOW).open is None


def test_an_admission_that_was_lit_is_not_open(cache: Cache, tmp_path: Path) -> None:
    cache.append(check_in(1, token()))
    cache.lit(check_in(1, token()).id)
    assert not is_open(crashed(cache, tmp_path))


def test_a_refusal_without_light_is_not_open(cache: Cache, tmp_path: Path) -> None:
    cache.append(check_in(1, token(), decision="refuse", count=0))
    assert not is_open(crashed(cache, tmp_path))


@pytest.mark.parametrize("kind", [Kind.UNDO, Kind.RELEASE, Kind.CONFIRM])
def test_an_admission_that_was_dealt_with_is_not_open(
    cache: Cache, tmp_path: Path, kind: Kind
) -> None:
    cache.append(check_in(1, token(), kind=Kind.HOLD))
    after = crashed(cache, tmp_path)
    assert is_open(after)
    after.append(check_in(2, token(), kind=kind, of=check_in(1, token()).id))
    assert not is_open(after)
    after.close()
    again = opened(tmp_path / "after-crash")
    assert not is_open(again)


def test_a_verdict_is_shown_again_once(cache: Cache, tmp_path: Path) -> None:
    event = check_in(1, token())
    cache.append(event)
    after = crashed(cache, tmp_path)
    after.append(check_in(2, token(), kind=Kind.RESUMED, of=event.id, count=0))
    assert not is_open(after)
    after.lit(event.id)
    after.close()
    assert not is_open(opened(tmp_path / "after-crash"))


def test_a_second_crash_before_the_light_leaves_it_open(cache: Cache, tmp_path: Path) -> None:
    event = check_in(1, token())
    cache.append(event)
    after = crashed(cache, tmp_path)
    resumed = check_in(2, token(), kind=Kind.RESUMED, of=event.id, count=0)
    after.append(resumed)
    after.close()
    again = opened(tmp_path / "after-crash")
    assert is_open(again), "the guest never saw a light"
    again.lit(resumed.id)
    again.close()
    assert not is_open(opened(tmp_path / "after-crash"))


def test_an_open_admission_waits_while_others_are_let_in(cache: Cache, tmp_path: Path) -> None:
    cache.append(check_in(1, token(1)))
    after = crashed(cache, tmp_path)
    after.append(check_in(2, token(2)))
    after.lit(check_in(2, token(2)).id)
    after.close()
    again = opened(tmp_path / "after-crash")
    assert is_open(again, 1)
    assert not is_open(again, 2)


def test_an_open_admission_is_counted_once(cache: Cache, tmp_path: Path) -> None:
    event = check_in(1, token())
    cache.append(event)
    after = crashed(cache, tmp_path)
    after.append(check_in(2, token(), kind=Kind.RESUMED, of=event.id, count=0))
    assert [use.id for use in after.facts(token(), GATE, NOW).uses] == [event.id]

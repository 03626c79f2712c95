"""The keys that seal the streams, in the data folder: changed, cut off by a power cut, put back."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from validator.errors import FixConfig
from validator.gateway.host.feed_keys import KEY, RING, FeedKeys


def changed(keys: FeedKeys, ends: bool = False) -> None:
    keys.use(keys.prepare(os.urandom, ends))


def test_the_first_key_is_made_and_stays(tmp_path: Path) -> None:
    first = FeedKeys.open(tmp_path, os.urandom)
    assert FeedKeys.open(tmp_path, os.urandom).public == first.public
    assert not (tmp_path / RING).exists()
    assert not first.has_given_up


def test_a_new_key_seals_and_those_before_it_are_known_after_a_restart(tmp_path: Path) -> None:
    keys = FeedKeys.open(tmp_path, os.urandom)
    known = [keys.public]
    for _ in range(3):
        changed(keys)
        known.append(keys.public)
    again = FeedKeys.open(tmp_path, os.urandom)
    assert again.public == known[-1] and again.ring == keys.ring
    assert list(again.ring.all) == known and not again.has_given_up
    for name in (KEY, RING):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_after_a_theft_those_before_are_given_up(tmp_path: Path) -> None:
    keys = FeedKeys.open(tmp_path, os.urandom)
    changed(keys)
    changed(keys, ends=True)
    assert FeedKeys.open(tmp_path, os.urandom).ring.accepted == (keys.public,)
    assert keys.has_given_up


def test_a_power_cut_between_the_files_leaves_the_key_before(tmp_path: Path) -> None:
    keys = FeedKeys.open(tmp_path, os.urandom)
    changed(keys)
    seed, ring = (tmp_path / KEY).read_bytes(), keys.ring
    keys.prepare(os.urandom, ends=True)
    (tmp_path / KEY).write_bytes(seed)
    again = FeedKeys.open(tmp_path, os.urandom)
    assert (again.public, again.ring) == (keys.public, ring)
    changed(again)
    assert FeedKeys.open(tmp_path, os.urandom).public == again.public


@pytest.mark.parametrize("content", [b"", b"\xc1", b"\x90", b"x" * 100_000])
def test_a_damaged_ring_is_named(tmp_path: Path, content: bytes) -> None:
    FeedKeys.open(tmp_path, os.urandom)
    (tmp_path / RING).write_bytes(content)
    with pytest.raises(FixConfig, match="backup"):
        FeedKeys.open(tmp_path, os.urandom)


def test_a_ring_of_another_folder_is_named(tmp_path: Path) -> None:
    one, two = (tmp_path / name for name in ("one", "two"))
    for folder in (one, two):
        folder.mkdir()
        changed(FeedKeys.open(folder, os.urandom))
    (one / RING).write_bytes((two / RING).read_bytes())
    with pytest.raises(FixConfig, match="belong together"):
        FeedKeys.open(one, os.urandom)

"""The link when it is not well: nobody there, somebody else there, silence, revocation."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from doubles.clock.hand_clock import HandClock
from doubles.evening import CATALOGUE, DEVICE, TONIGHT, token
from doubles.gateway.authority import Authority
from doubles.gateway.feed_source import entries
from doubles.gateway.scripted_link import ADMITTED, LinkGateway
from doubles.lane.link_device import LinkDevice, claim
from doubles.store.device_cache import check_in
from offline_cache.errors import EnrolAgain
from offline_cache.identity.pinning import pinned
from offline_cache.sync.claim_waits import TIMEOUTS, ClaimWaits
from offline_cache.sync.events import Applied, Down, Revoked, Up
from offline_cache.sync.timing import BackOff, Timing
from validator.model import Assignment
from validator.wire.messages import Hello, Message, Upload

CANCELLATIONS = f"cancellations.{TONIGHT}"


async def test_a_gateway_that_restarts_is_found_again(
    device: LinkDevice, gateway: LinkGateway
) -> None:
    await device.start()
    await device.until(Up())
    await gateway.stop()
    assert (await device.until_kind(Down)).why == "The gateway stops."
    assert not device.link.connected
    device.cache.append(check_in(1, token()))
    await gateway.start()
    await gateway.wait(Upload)
    await device.caught_up()
    assert device.cache.backlog() == 0


async def test_no_gateway_is_told_once_however_often_it_is_tried(
    tmp_path: Path, gateway: LinkGateway
) -> None:
    tries: list[None] = []

    def draw() -> float:
        tries.append(None)
        return 0.0

    device = LinkDevice(tmp_path, gateway, draw=draw)
    await gateway.stop()
    await device.start()
    await device.until_kind(Down)
    await gateway.start()
    await device.until(Up())
    assert len(tries) >= 1
    assert device.of(Down) == [Down("The gateway can't be reached.")]
    await device.stop()


async def test_another_venues_gateway_at_the_address_is_not_spoken_to(
    tmp_path: Path, gateway: LinkGateway
) -> None:
    other = Authority(tmp_path / "other")
    device = LinkDevice(tmp_path, gateway, authority_pem=other.pem)
    await device.start()
    assert "Somebody else" in (await device.until_kind(Down)).why
    assert not gateway.headers, "the token was not sent"
    await device.stop()


async def test_a_certificate_for_another_name_is_refused(tmp_path: Path) -> None:
    gateway = LinkGateway(Authority(tmp_path / "venue", name="127.0.0.1"))
    await gateway.start()
    device = LinkDevice(tmp_path, gateway)
    await device.start()
    assert "Somebody else" in (await device.until_kind(Down)).why
    await device.stop()
    await gateway.stop()


def test_a_damaged_authority_says_enrol_again(tmp_path: Path) -> None:
    with pytest.raises(EnrolAgain):
        pinned("-----BEGIN CERTIFICATE-----\nnothing\n-----END CERTIFICATE-----\n")


async def test_an_unknown_token_says_enrol_again_and_goes_on_trying(
    device: LinkDevice, gateway: LinkGateway
) -> None:
    gateway.token = "other"
    await device.start()
    assert "enrol it again" in (await device.until_kind(Down)).why
    gateway.token = "secret"
    await device.until(Up())


async def test_another_version_of_the_protocol_is_named(
    device: LinkDevice, gateway: LinkGateway
) -> None:
    gateway.version = 2
    await device.start()
    assert "version 2" in (await device.until_kind(Down)).why


async def test_silence_is_taken_for_a_dead_link(tmp_path: Path, gateway: LinkGateway) -> None:
    device = LinkDevice(tmp_path, gateway, Timing(silence_s=0.05))
    await device.start()
    assert "silent" in (await device.until_kind(Down)).why
    await gateway.wait(Hello, 2)
    await device.stop()


async def test_an_upload_without_an_answer_ends_the_link_and_is_sent_again(
    tmp_path: Path, gateway: LinkGateway
) -> None:
    device = LinkDevice(tmp_path, gateway, Timing(answer_s=0.05))
    gateway.acknowledges = False
    device.cache.append(check_in(1, token()))
    await device.start()
    await gateway.wait(Upload, 2)
    assert device.of(Down)
    await device.stop()


async def test_a_disk_that_fails_is_told_and_the_link_goes_on_trying(
    tmp_path: Path, gateway: LinkGateway
) -> None:
    device = LinkDevice(tmp_path, gateway)
    await device.start()
    await device.until(Applied(CANCELLATIONS, 0))
    device.cache.close()
    await gateway.publish(gateway.feed.delta("catalogue"))
    assert (await device.until_kind(Down)).why == "The cache is closed."
    await device.stop()


async def test_a_revoked_device_delivers_and_is_then_told(
    device: LinkDevice, gateway: LinkGateway
) -> None:
    device.cache.append(check_in(1, token()))
    gateway.acknowledges = False
    await device.start()
    await gateway.wait(Upload)
    await gateway.close(4403, "This device is revoked: deliver what is owed.")
    gateway.acknowledges = True
    gateway.parting = 4403
    assert await device.until_kind(Revoked) == Revoked(0)
    assert device.task is not None
    await device.task


async def test_a_device_that_the_catalogue_names_revoked_delivers_first(
    device: LinkDevice, gateway: LinkGateway
) -> None:
    device.cache.append(check_in(1, token()))
    rows = entries(CATALOGUE, Assignment(DEVICE, "a", revoked=True))
    gateway.feed.delta("catalogue", *rows)
    await device.start()
    assert await device.until_kind(Revoked) == Revoked(0)
    assert set(gateway.rows) == {1}


async def test_a_device_that_is_shut_out_is_told_what_it_still_owes(
    device: LinkDevice, gateway: LinkGateway
) -> None:
    device.cache.append(check_in(1, token()))
    gateway.refusal = 403
    await device.start()
    assert await device.until_kind(Revoked) == Revoked(1)


@contextmanager
def unreadable_journal(folder: Path) -> Iterator[None]:
    """Let whoever reads or writes the journal meanwhile get an error of SQLite's."""
    with closing(sqlite3.connect(folder / "cache.sqlite")) as db:
        db.execute("ALTER TABLE journal RENAME TO elsewhere")
        yield
        db.execute("ALTER TABLE elsewhere RENAME TO journal")


async def test_a_disk_that_fails_after_the_revocation_is_told_and_does_not_end_the_link(
    tmp_path: Path, device: LinkDevice, gateway: LinkGateway
) -> None:
    device.cache.append(check_in(1, token()))
    gateway.refusal = 403
    with unreadable_journal(tmp_path):
        await device.start()
        down = await device.until_kind(Down)
        assert down.why.startswith("This device is revoked. The device's cache can't be used")
        assert not device.of(Revoked), "what it owes is not known, so nothing may be wiped"
    assert await device.until_kind(Revoked) == Revoked(1)
    assert device.task is not None
    await device.task


async def answered_at_once(claims: ClaimWaits, number: int) -> object:
    request = claim(number)
    return await claims.ask(request, lambda message: claims.answered(request.scan.id, ADMITTED))


async def test_after_three_time_outs_nobody_waits_until_an_answer_is_quick_again() -> None:
    claims = ClaimWaits(HandClock().clock, 0.0)
    for number in range(TIMEOUTS):
        assert await claims.ask(claim(number), lambda message: None) is None
    assert await answered_at_once(claims, 8) is None, "sent, not waited for, but quick"
    assert await answered_at_once(claims, 9) == ADMITTED


async def test_a_late_answer_does_not_bring_the_patience_back() -> None:
    hands = HandClock()
    claims = ClaimWaits(hands.clock, 0.0)
    sent: list[Message] = []
    for number in range(TIMEOUTS + 1):
        assert await claims.ask(claim(number), sent.append) is None
    assert len(sent) == TIMEOUTS + 1, "the last one was sent though nobody waited"
    hands.go(5_000)
    claims.answered(claim(TIMEOUTS).scan.id, ADMITTED)
    claims.quick(5.0)
    unanswered = claim(9)
    assert await claims.ask(unanswered, sent.append) is None
    assert await answered_at_once(claims, 8) is None


async def test_a_quick_answer_to_a_ping_brings_one_try_back() -> None:
    claims = ClaimWaits(HandClock().clock, 0.0)
    for number in range(TIMEOUTS):
        await claims.ask(claim(number), lambda message: None)
    claims.quick(0.0)
    assert await answered_at_once(claims, 9) == ADMITTED


def test_waits_between_tries_double_up_to_their_bound_and_are_drawn_in_full() -> None:
    whole = BackOff(Timing(), lambda: 1.0)
    assert [round(whole.next_s(), 1) for _ in range(7)] == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    whole.reset()
    assert whole.next_s() == 0.2
    assert BackOff(Timing(), lambda: 0.0).next_s() == 0.0
    assert BackOff(Timing(), lambda: 0.5).next_s() == 0.1

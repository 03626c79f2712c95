import asyncio
from pathlib import Path

import aiohttp
import pytest

from doubles.gateway.live import CLOCK, Device, LiveGateway, live_gateway
from doubles.gateway.raw_wire import GATE, claim, connected, from_nothing, journal, welcomed
from validator.clock import Instant
from validator.feed import Delta, Heartbeat, Snapshot
from validator.model import Assignment, Assurance, Decision, DeviceId, Reason
from validator.wire.codec import pack
from validator.wire.messages import (
    Acknowledged,
    Claimed,
    GiveBack,
    Hello,
    Message,
    Ping,
    Pong,
    Position,
    Receipt,
    Sealed,
    Telemetry,
    Told,
    Upload,
    Want,
    Welcome,
)
from validator.wire.rows import read_entry

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_device_is_welcomed_and_gets_what_it_wants_and_a_heartbeat(
    live: LiveGateway,
) -> None:
    device = await live.enrolled()
    async with connected(live, device, (from_nothing("catalogue"),)) as wire:
        welcome = await wire.hear(Welcome)
        assert (welcome.gateway, welcome.acknowledged) == ("Town hall", 0)
        snapshot = await wire.frame(Snapshot)
        entries = [read_entry(key, value) for key, value in snapshot.rows]
        assert live.evening.tonight in {getattr(entry, "scope", None) for entry in entries}
        beat = await wire.frame(Heartbeat)
        assert "boxoffice" in beat.as_of
        assert beat.sequences["catalogue"] >= snapshot.cursor.sequence


async def test_a_claim_is_answered_and_reserved(live: LiveGateway) -> None:
    one, two = await live.enrolled(), await live.enrolled()
    number = live.evening.crowd[0]
    async with welcomed(live, one) as first, welcomed(live, two) as second:
        request = claim(live, number)
        await first.say(request)
        answer = await first.hear(Claimed)
        assert (answer.id, answer.verdict.decision) == (request.scan.id, Decision.ADMIT)
        assert answer.verdict.assurance is Assurance.CONFIRMED
        await second.say(claim(live, number))
        assert (await second.hear(Claimed)).verdict.reason is Reason.ALREADY_USED
        await first.say(GiveBack(request.scan.id))
        await first.say(Ping(CLOCK.now()))
        await first.hear(Pong)
        async with asyncio.timeout(10):
            while True:
                await second.say(claim(live, number))
                if (await second.hear(Claimed)).verdict.decision is Decision.ADMIT:
                    break


async def test_the_clock_is_measured(live: LiveGateway) -> None:
    async with welcomed(live, await live.enrolled()) as wire:
        await wire.say(Ping(Instant(42)))
        pong = await wire.hear(Pong)
        assert pong.sent == 42
        assert pong.received <= pong.answered


async def test_a_journal_is_acknowledged_and_used_tickets_go_to_every_lane(
    live: LiveGateway,
) -> None:
    one, two = await live.enrolled(), await live.enrolled()
    uses = f"uses.{live.evening.tonight}"
    async with welcomed(live, one) as first, welcomed(live, two, (from_nothing(uses),)) as second:
        await second.frame(Snapshot)
        rows = journal(live, first.device, live.evening.crowd[1:3])
        await first.say(Upload(tuple(rows)))
        answer = await first.hear(Acknowledged)
        assert answer.sequence == 2
        assert [outcome.accepted for outcome in answer.outcomes] == [True, True]
        assert len((await second.frame(Delta)).rows) == 2
    async with connected(live, one) as again:
        assert (await again.hear(Welcome)).acknowledged == 2


async def test_one_bad_message_ends_nobodys_connection(live: LiveGateway) -> None:
    one, two = await live.enrolled(), await live.enrolled()
    async with welcomed(live, one) as first, welcomed(live, two) as second:
        await first.socket.send_bytes(b"\xc1 no msgpack")
        await first.socket.send_str("text")
        await first.socket.send_bytes(pack(("Nonsense", ())))
        await first.socket.send_bytes(pack(("ClaimRequest", (1, 2))))
        await first.say(Welcome(1, "I am the gateway", 0, Instant(0)))
        await first.say(claim(live, live.evening.crowd[3], gate="moon"))
        await first.say(Want((from_nothing("no stream!"), from_nothing("catalogue"))))
        await first.frame(Snapshot)
        await first.say(claim(live, live.evening.crowd[3]))
        assert (await first.hear(Claimed)).verdict.decision is Decision.ADMIT
        await second.say(Ping(Instant(1)))
        await second.hear(Pong)


async def test_a_message_beyond_all_bounds_ends_its_own_connection_only(
    live: LiveGateway,
) -> None:
    one, two = await live.enrolled(), await live.enrolled()
    async with welcomed(live, one) as first, welcomed(live, two) as second:
        await first.socket.send_bytes(bytes(2 * 1024 * 1024))
        # 1006 where the rest of the message was still on its way when the gateway closed.
        assert (await first.closed())[0] in (1006, 1009)
        await second.say(Ping(Instant(1)))
        await second.hear(Pong)


async def test_another_gate_reaches_a_connected_lane_as_a_change_of_the_catalogue(
    live: LiveGateway,
) -> None:
    device = await live.enrolled()
    async with welcomed(live, device, (from_nothing("catalogue"),)) as wire:
        await wire.frame(Snapshot)
        path = f"/api/v1/devices/{device.id}/gate"
        status, placed = await live.call("PUT", path, {"gate": "out"}, live.admin)
        assert (status, placed["gate"], placed["connected"]) == (200, "out", True)
        await wire.placed(Assignment(device.id, "out"))
        for wrong, body in ((path, {"gate": "moon"}), ("/api/v1/devices/x/gate", {"gate": "a"})):
            assert (await live.call("PUT", wrong, body, live.admin))[0] == 400


async def test_a_second_connection_replaces_the_first(live: LiveGateway) -> None:
    device = await live.enrolled()
    async with welcomed(live, device) as first, welcomed(live, device) as second:
        assert (await first.closed())[0] == 4409
        await second.say(Ping(Instant(1)))
        await second.hear(Pong)
        _, listed = await live.call("GET", "/api/v1/devices", token=live.admin)
        assert [item["connected"] for item in listed["devices"] if item["id"] == device.id] == [
            True
        ]


async def test_a_revoked_device_delivers_into_quarantine_and_is_shut_out(
    live: LiveGateway,
) -> None:
    device = await live.enrolled()
    number = live.evening.crowd[4]
    rows = journal(live, DeviceId(device.id), (number,))
    async with welcomed(live, device, (from_nothing("catalogue"),)) as wire:
        await wire.frame(Snapshot)
        path = f"/api/v1/devices/{device.id}/revoke"
        assert (await live.call("POST", path, token=live.admin))[0] == 200
        await wire.placed(Assignment(device.id, GATE, revoked=True))
        assert (await wire.closed())[0] == 4403
    hello = Hello(1, DeviceId(device.id), (from_nothing("catalogue"),), 1, CLOCK.now())
    async with connected(live, device, hello=hello) as wire:
        await wire.hear(Welcome)
        await wire.say(claim(live, live.evening.crowd[5]))
        await wire.say(Upload(tuple(rows)))
        answer = await wire.hear(Acknowledged)
        assert answer.sequence == 1
        assert "revoked" in answer.outcomes[0].why
        assert (await wire.closed())[0] == 4403
        assert not [message for message in wire.seen if isinstance(message, Claimed | Sealed)]
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with connected(live, device):
            pass
    assert refused.value.status == 403
    steward = await live.call("GET", f"/api/v1/tickets/{number}", token=live.admin)
    assert steward[1]["inside"] == 0
    status, _ = await live.call("GET", "/api/v1/streams/catalogue", token=device.token)
    assert status == 403


async def test_two_lanes_that_admitted_one_ticket_alone_are_both_told(live: LiveGateway) -> None:
    one, two = await live.enrolled(), await live.enrolled()
    number = live.evening.crowd[6]
    async with welcomed(live, two) as second:
        async with welcomed(live, one) as first:
            await first.say(Upload(tuple(journal(live, first.device, (number,)))))
            await first.hear(Acknowledged)
        await second.say(Upload(tuple(journal(live, second.device, (number,)))))
        told = (await second.hear(Told)).conflict
        assert (told.reason, told.number) == (Reason.ALREADY_USED, number)
        assert {entry[1] for entry in told.entries} == {one.id, two.id}
    async with welcomed(live, one) as first:
        assert (await first.hear(Told)).conflict == told
    _, figures = await live.call("GET", "/api/v1/counts")
    assert figures["conflicts"] == 1


async def test_receipts_and_telemetry_are_kept(live: LiveGateway) -> None:
    device = await live.enrolled()
    async with welcomed(live, device, (from_nothing("catalogue"),)) as wire:
        cursor = (await wire.frame(Snapshot)).cursor
        place = Position("catalogue", *cursor.epoch, cursor.sequence)
        await wire.say(Receipt(place))
        await wire.say(Telemetry(backlog=3, battery=71))
        lanes = live.daemon.gateway.services.lanes
        async with asyncio.timeout(10):
            while (lane := lanes.find(wire.device)) is None or "catalogue" not in lane.receipts:
                await wire.say(Ping(Instant(1)))
                await wire.hear(Pong)
        _, listed = await live.call("GET", "/api/v1/devices", token=live.admin)
        (mine,) = (item for item in listed["devices"] if item["id"] == device.id)
        assert (mine["backlog"], mine["battery"]) == (3, 71)
        assert mine["confirmed"]["catalogue"]["sequence"] == cursor.sequence


async def test_who_does_not_say_hello_as_itself_is_sent_away(live: LiveGateway) -> None:
    device = await live.enrolled()
    wrong: tuple[tuple[Message, int], ...] = (
        (Ping(Instant(1)), 4400),
        (Hello(1, DeviceId("somebody-else"), (), 0, Instant(0)), 4400),
        (Hello(99, DeviceId(device.id), (), 0, Instant(0)), 4426),
    )
    for hello, code in wrong:
        async with connected(live, device, hello=hello) as wire:
            closed, why = await wire.closed()
            assert closed == code
            assert why


async def test_users_and_strangers_have_no_link(live: LiveGateway) -> None:
    for token, status in (("unknown", 401), (live.admin, 403)):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with connected(live, Device("lane-1", token)):
                pass
        assert refused.value.status == status


async def test_the_end_of_the_gateway_is_told_to_the_lanes(tmp_path: Path) -> None:
    async with live_gateway(tmp_path) as other:
        device = await other.enrolled()
        async with welcomed(other, device) as wire:
            ending = asyncio.create_task(other.daemon.stop())
            assert (await wire.closed())[0] == 1001
            await ending

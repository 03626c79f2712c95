"""Claims at the gateway: reserve an entry, answer a retry, take back (design section 6).

A claim belongs to its device and never runs out. A device's next claim for the same ticket and
direction takes over the ordinal of its open one; elsewhere the ticket is already used meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from hashlib import blake2b

from validator.admission import (
    Answer,
    ClaimNeeded,
    FactsNeeded,
    Reservation,
    check_in_of,
    reserve,
    towards,
)
from validator.errors import FixRequest, RetryLater
from validator.gateway.ledger.catalogue_cache import EarlyReading
from validator.gateway.ledger.check_ins import settle, settle_owed, store_check_in
from validator.gateway.ledger.committer import Committer
from validator.gateway.ledger.facts import FactsAndClaims, facts_now
from validator.gateway.ledger.namesakes import known_as, own_name
from validator.gateway.ledger.places import WrongGate, need_own_gate
from validator.gateway.ledger.resolution import Resolved
from validator.gateway.ledger.revoked import refuse_revoked
from validator.gateway.ledger.tickets import ref_of
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.gateway.store.claims import ClaimRow, ClaimState
from validator.model import (
    Assurance,
    CheckInId,
    Claim,
    DeviceId,
    Facts,
    Gate,
    Reading,
    Scan,
    Verdict,
    is_uuid7,
)
from validator.wire.codec import pack
from validator.wire.messages import ClaimRequest, JournalRow

MAX_TRIES = 20
"""How often a claim may lose its ordinal to other writers before it is put off."""


class Duplicate(FixRequest):
    """The id stands for another request: give this one an id of its own."""


def claim(
    work: UnitOfWork, device: DeviceId, request: ClaimRequest, early: EarlyReading | None = None
) -> Verdict:
    """Reserve an entry for a lane.

    1. A claim of an earlier start of the device, still on its way when that crashed, is void.
    2. What the device owes about this ticket is settled first.
    3. An id that has an answer gets the same one; one that was given back, or whose check-in
       came first, gets none. Another device's use of the same id is another id.
    4. A device claims for its own gate, see `places`.
    5. The gateway judges for itself; what passes holds an ordinal.
    6. An ordinal is confirmed once: who takes over the device's own open one gets it
       provisionally, for nobody knows whether the first was lit.

    Args:
        work: The open transaction.
        device: Who asks.
        request: What for.
        early: Its text, read before.

    Raises:
        FixRequest: Nobody waits for an answer, or the request can't be answered.
        NotAllowed: The device is revoked by now, or elsewhere.
    """
    _settle_first(work, device, request, request.owed)
    scan = replace(request.scan, direction=request.direction)
    _check_id(scan.id)
    digest = request_digest(scan, request.gate)
    if not work.session.answers.unheard(scan.id):
        name = own_name(work.session, device, scan.id)
        if any(work.session.claims.spent(id, device) for id in (scan.id, name)):
            raise FixRequest("This claim was given back, or its check-in came first.")
        row = work.session.claims.find(name)
        if row is not None:
            return _answered_before(work, row, digest)
        if work.session.journal.find(name) is not None:
            raise FixRequest("The check-in of this claim came first.")
        scan = replace(scan, id=name)
    gate = work.gate(request.gate)
    need_own_gate(work, device, gate)
    reading = work.cache.reading(work.session, scan, early)
    return _reserved(work, device, scan, gate, reading, digest)[0]


async def answer_claim(committer: Committer, device: DeviceId, request: ClaimRequest) -> Verdict:
    """Reserve an entry for a lane, on disk; see `claim`.

    Raises:
        FixRequest: Nobody waits for an answer any more, or there is no such gate.
        NotAllowed: The device is revoked by now, or elsewhere.
        RetryLater: The disk does not take it.
    """
    early = committer.read_early(request.scan)
    owed = request.owed
    try:
        while owed:
            settled = partial(_settle_first, device=device, request=request, owed=owed)
            owed = owed[await committer.write(settled, device) :]
        bare = replace(request, owed=())
        return await committer.quick(
            partial(claim, device=device, request=bare, early=early), device
        )
    except (FixRequest, WrongGate):
        # The claim changed nothing, but that this start of the device was heard must stay.
        await committer.quick(
            lambda work: work.session.claims.enter_boot(device, request.boot), device
        )
        raise


def _settle_first(
    work: UnitOfWork, device: DeviceId, request: ClaimRequest, owed: Sequence[JournalRow]
) -> int:
    refuse_revoked(work, device)
    if not work.session.claims.enter_boot(device, request.boot):
        raise FixRequest("This claim is of an earlier start of the device.")
    return settle_owed(work, device, owed)


def _answered_before(work: UnitOfWork, row: ClaimRow, digest: bytes) -> Verdict:
    """Return what a claim was answered, if this is the same one again."""
    if row.state is ClaimState.RELEASED or not row.granted:
        raise FixRequest("This claim was given back, or its check-in came first.")
    if row.request != digest:
        raise Duplicate("This check-in id claims another entry already.")
    verdict = work.session.claims.answer(row.claim.id)
    if verdict is None:
        raise FixRequest("This claim was never answered.")
    return verdict


def check_in(
    work: UnitOfWork, device: DeviceId, scan: Scan, gate_id: str, early: EarlyReading | None = None
) -> Verdict:
    """Judge, reserve and record at once, for the API; idempotent by device, id and request.

    What takes over a claim that the device has open on its link is provisional, as there.

    Args:
        work: The open transaction.
        device: Who asks: a device, or `api:REF` of somebody.
        scan: What it scanned; the gateway's clock counts, not `scan.at`.
        gate_id: Where.
        early: Its text, read before.

    Raises:
        Duplicate: The id has been used for another request.
        FixRequest: There is no such gate, or the id is no UUIDv7.
        NotAllowed: A device asks for another gate than its own.
    """
    _check_id(scan.id)
    gate = work.gate(gate_id)
    digest = request_digest(scan, gate_id)
    session = work.session
    unheard = session.answers.unheard(scan.id)
    name = scan.id
    if not unheard:
        name = own_name(session, device, scan.id)
        answer, stored = session.answers.find(name), session.journal.find(name)
        if answer is not None and answer[0] == digest:
            return answer[1]
        given_back = any(session.claims.spent(id, device) for id in (scan.id, name))
        if answer or stored or given_back or session.claims.find(name):
            raise Duplicate("This check-in id was used for another request; take a new one.")
    need_own_gate(work, device, gate)
    scan = replace(scan, id=name, at=work.now)
    reading = work.cache.reading(session, scan, early)
    state = ClaimState.SETTLED if unheard else ClaimState.OPEN
    verdict, known = _reserved(work, device, scan, gate, reading, digest, state)
    event = check_in_of(scan, towards(gate, scan.direction), device, 0, reading, verdict)
    ticket = verdict.ticket
    if unheard and verdict.passes and ticket is not None:
        # What was just judged, claimed and settled need not be looked up again.
        first = not known.facts.uses
        store_check_in(
            work, event, Resolved(ticket.id, ticket, ref_of(reading), None, True, True, first)
        )
    else:
        settle(work, device, event)
    session.answers.put(scan.id, digest, verdict)
    return verdict


async def answer_check_in(committer: Committer, device: DeviceId, scan: Scan, gate: str) -> Verdict:
    """Judge, reserve and record at once, on disk; see `check_in`.

    Raises:
        Duplicate: The id has been used for another request.
        FixRequest: There is no such gate, or the id is no UUIDv7.
        NotAllowed: A device asks for another gate than its own.
        RetryLater: The disk does not take it.
    """
    early = committer.read_early(scan)
    return await committer.quick(
        partial(check_in, device=device, scan=scan, gate_id=gate, early=early), device
    )


def preview(work: UnitOfWork, scan: Scan, gate_id: str) -> Verdict:
    """Judge without reserving anything.

    Raises:
        FixRequest: There is no such gate.
    """
    reading = work.cache.reading(work.session, scan, None)
    verdict, _ = _judged(work, None, scan, work.gate(gate_id), reading, lambda need, known: True)
    return replace(verdict, assurance=Assurance.PROVISIONAL)


def give_back(work: UnitOfWork, device: DeviceId, id: CheckInId) -> bool:
    """Let go of a device's claim that it did not use; one that comes later gets nothing.

    Returns:
        Whether that has to be remembered: no such claim of this device has come yet.

    Raises:
        NotAllowed: The device is revoked by now.
    """
    refuse_revoked(work, device)
    _check_id(id)
    name = known_as(work.session, device, id)
    row = work.session.claims.find(name)
    if row is None or row.claim.device != device:
        work.session.claims.spend(id, device)
        return True
    if row.state is ClaimState.OPEN:
        work.session.claims.release(name)
    return False


def release(work: UnitOfWork, id: CheckInId) -> None:
    """Let go of a claim for a supervisor, whoever owns it.

    Raises:
        FixRequest: There is no open claim of that id.
    """
    row = work.session.claims.find(id)
    if row is None or row.state is not ClaimState.OPEN:
        raise FixRequest("There is no open claim of this id; it was settled or released before.")
    work.session.claims.release(id)


def request_digest(scan: Scan, gate_id: str) -> bytes:
    """Return what tells a retry from another request of the same id; times don't count.

    It is keyed with the id, so that equal codes can't be told from the store.
    """
    asked = (scan.text, scan.direction, scan.count, scan.symbology, scan.number, gate_id)
    return blake2b(pack(asked), digest_size=16, key=scan.id.encode()).digest()


def _check_id(id: CheckInId) -> None:
    if not is_uuid7(id):
        raise FixRequest("A check-in id is a UUIDv7 in lower case.")


def _reserved(
    work: UnitOfWork,
    device: DeviceId,
    scan: Scan,
    gate: Gate,
    reading: Reading,
    digest: bytes,
    state: ClaimState = ClaimState.OPEN,
) -> tuple[Verdict, FactsAndClaims]:
    """Judge, and take an ordinal for what passes; a settled one is its check-in's already."""

    def book(need: ClaimNeeded, known: FactsAndClaims) -> bool:
        row = _row(work, device, need, known, digest, state)
        answer = need.verdict if state is ClaimState.OPEN else None
        if known.own is not None:
            return work.session.claims.pass_on(known.own.claim.id, row, known.top, answer)
        return work.session.claims.insert(row, answer)

    return _judged(work, device, scan, gate, reading, book)


def _row(
    work: UnitOfWork,
    device: DeviceId,
    need: ClaimNeeded,
    known: FactsAndClaims,
    digest: bytes,
    state: ClaimState,
) -> ClaimRow:
    verdict = need.verdict
    assert verdict.ticket is not None
    ordinal = known.own.claim.ordinal if known.own else known.top + 1
    direction = need.gate.direction
    return ClaimRow(
        Claim(need.scan.id, verdict.ticket.id, ordinal, direction, verdict.count, device),
        state,
        verdict.performance,
        need.gate.id,
        work.now,
        ref_of(need.reading),
        verdict.code,
        digest,
        granted=state is ClaimState.OPEN,
    )


def _judged(
    work: UnitOfWork,
    device: DeviceId | None,
    scan: Scan,
    gate: Gate,
    reading: Reading,
    book: Callable[[ClaimNeeded, FactsAndClaims], bool],
) -> tuple[Verdict, FactsAndClaims]:
    steps = reserve(scan, gate, reading, work.now)
    known = FactsAndClaims(Facts(work.catalogue))
    tries = 0
    answer: Answer = None
    while True:
        try:
            need = steps.send(answer)
        except StopIteration as done:
            return _sure(work, done.value, known), known
        if isinstance(need, FactsNeeded):
            known = facts_now(work, reading, need.gate, device)
            answer = known.facts
        elif isinstance(need, ClaimNeeded):
            tries += 1
            if tries > MAX_TRIES:
                raise RetryLater("This ticket is being claimed from too many places at once.")
            need = replace(need, verdict=_sure(work, need.verdict, known))
            answer = Reservation.GRANTED if book(need, known) else Reservation.LOST


def _sure(work: UnitOfWork, verdict: Verdict, known: FactsAndClaims) -> Verdict:
    """Call an entry provisional if its ordinal may be lit already, or entries may be lacking.

    The first is so if it is taken over from the device's own claim, the second while a restored
    gateway awaits devices.
    """
    taken_over = known.own is not None and verdict.passes
    if not taken_over and not work.cache.lacking(work.session):
        return verdict
    return replace(verdict, assurance=Assurance.PROVISIONAL)

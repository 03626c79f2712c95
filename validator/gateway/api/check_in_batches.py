"""Check-ins that were shown elsewhere and are reported in batches."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from validator.bounds import LONGEST_CODE, LONGEST_GATE, LONGEST_NUMBER, MOST_PEOPLE
from validator.clock import Instant
from validator.errors import FixRequest, TokenError
from validator.gateway.api.bounds import MOST_ITEMS
from validator.gateway.api.check_ins import SCAN_FIELDS
from validator.gateway.api.endpoint import Endpoint
from validator.gateway.api.middleware import body_of, known_fields
from validator.gateway.api.schemas import listed, ref
from validator.gateway.ledger.catalogue_cache import CatalogueCache
from validator.gateway.ledger.check_ins import take_reports
from validator.gateway.ledger.tickets import keys_of, newest
from validator.gateway.services import CALLER, SERVICES, Answer, Services
from validator.gateway.store.port import Session
from validator.gateway.trust.auth import Caller
from validator.keys import KeyRing
from validator.model import (
    Assurance,
    By,
    Catalogue,
    CheckIn,
    CheckInId,
    CodeId,
    Decision,
    Direction,
    Gate,
    Kind,
    Reason,
    Serial,
    TicketId,
    Token,
    is_uuid7,
)
from validator.ports import Outcome
from validator.roles import DOORS, SUPERVISORS, Role
from validator.rules import performance_for
from validator.token import read
from validator.wire.fields import Fields

SHOWN_FIELDS = (*SCAN_FIELDS, "at", "decision", "assurance", "reason", "override_of")

_USUAL_REASON = {
    Decision.ADMIT: Reason.OK,
    Decision.CHECK: Reason.ATTENTION,
    Decision.REFUSE: Reason.UNKNOWN,
    Decision.REPEAT: Reason.REPEAT,
}


async def batch(request: web.Request) -> Answer:
    """Take check-ins that were shown elsewhere; a bad one never blocks the next."""
    services, caller = request.app[SERVICES], request[CALLER]
    body = await body_of(request, ("check_ins",))
    items = body.array("check_ins", MOST_ITEMS)
    if caller.role is Role.DEVICE:
        await services.budgets.of(caller.device).bring(len(items), request.content_length or 0)
    read_items = await asyncio.to_thread(_read, services, caller, items)
    good = [item for item in read_items if isinstance(item, CheckIn)]
    stored = iter(await take_reports(services.committer, caller.device, good))
    outcomes = [item if isinstance(item, Outcome) else next(stored) for item in read_items]
    return {"outcomes": [_outcome_json(outcome) for outcome in outcomes]}


def _read(services: Services, caller: Caller, items: list[object]) -> list[CheckIn | Outcome]:
    found: list[CheckIn | Outcome] = []
    cache = CatalogueCache(services.code_key, frozenset)
    with services.store.reading() as session:
        batch = _Batch(session, cache.catalogue(session), cache.ring(session), caller)
        for place, item in enumerate(items, 1):
            try:
                found.append(batch.check_in(item, f"Check-in {place}"))
            except FixRequest as error:
                given = item.get("id") if isinstance(item, dict) else None
                id = given if isinstance(given, str) and is_uuid7(given) else ""
                found.append(Outcome(CheckInId(id), accepted=False, why=str(error)))
    return found


@dataclass(frozen=True, slots=True)
class _Batch:
    session: Session
    catalogue: Catalogue
    ring: KeyRing
    caller: Caller

    def check_in(self, plain: object, name: str) -> CheckIn:
        body = known_fields(plain, SHOWN_FIELDS, name)
        id = body.text("id", 36)
        if not is_uuid7(id):
            raise FixRequest(f"{name}: 'id' must be a UUID of version 7, lower case.")
        decision = body.choice("decision", Decision)
        passes = decision in (Decision.ADMIT, Decision.CHECK)
        gate = self._gate(body, name)
        direction = body.choice("direction", Direction) if body.has("direction") else gate.direction
        reason = body.choice("reason", Reason) if body.has("reason") else _USUAL_REASON[decision]
        count = (body.maybe_integer("count", 1, MOST_PEOPLE) or 1) if passes else 0
        overrules = self._overrules(body, decision, name)
        who = self._by_number(body, name) if body.has("ticket") else self._by_code(body)
        return CheckIn(
            CheckInId(id),
            Kind.SHOWN,
            self.caller.device,
            gate.id,
            _performance(self.catalogue, gate, who.scope, body.instant("at")),
            direction,
            decision,
            reason,
            body.choice("assurance", Assurance),
            count,
            body.instant("at"),
            0,
            who.code,
            who.serial,
            who.ticket,
            who.payload,
            who.by,
            overrules,
            overrules is not None,
        )

    def _overrules(self, body: Fields, decision: Decision, name: str) -> CheckInId | None:
        if not body.has("override_of"):
            return None
        if self.caller.role not in SUPERVISORS:
            raise FixRequest(f"{name}: only supervisors let in against a refusal.")
        of = body.text("override_of", 36)
        if not is_uuid7(of) or decision is not Decision.ADMIT:
            raise FixRequest(f"{name}: 'override_of' is a refusal's id, its decision is admit.")
        return CheckInId(of)

    def _gate(self, body: Fields, name: str) -> Gate:
        gate = self.catalogue.gates.get(body.text("gate", LONGEST_GATE))
        if gate is None:
            known = ", ".join(sorted(self.catalogue.gates)) or "none yet"
            raise FixRequest(f"{name}: there is no such gate; there are: {known}.")
        return gate

    def _by_number(self, body: Fields, name: str) -> _Who:
        if body.has("code"):
            raise FixRequest(f"{name}: give 'code' or 'ticket', one of them.")
        number = body.text("ticket", LONGEST_NUMBER).upper()
        ticket = newest(self.session.listings.of_number(number))
        if ticket is None:
            raise FixRequest(f"{name}: there is no ticket of that number.")
        return _Who(ticket=ticket.id, scope=ticket.scope, by=By.NUMBER)

    def _by_code(self, body: Fields) -> _Who:
        try:
            reading = read(body.text("code", LONGEST_CODE), self.ring)
        except TokenError:
            return _Who()
        ticket = newest(self.session.listings.of_keys(keys_of(reading)))
        if isinstance(reading, Token):
            return _Who(
                reading.code,
                reading.serial,
                ticket.id if ticket else reading.serial.ticket(),
                reading.payload,
                reading.serial.scope,
            )
        if ticket is None:
            return _Who(reading.code)
        return _Who(reading.code, ticket=ticket.id, scope=ticket.scope)


@dataclass(frozen=True, slots=True)
class _Who:
    code: CodeId | None = None
    serial: Serial | None = None
    ticket: TicketId | None = None
    payload: bytes | None = None
    scope: int = 0
    by: By = By.CODE


def _performance(catalogue: Catalogue, gate: Gate, scope: int, at: Instant) -> int:
    """Return what a ticket of this scope came for, 0 = not known."""
    show = performance_for(scope, gate, catalogue, at)
    if show is not None:
        return show.scope
    return gate.performances[0] if len(gate.performances) == 1 else 0


def _outcome_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "id": outcome.id or None,
        "accepted": outcome.accepted,
        "why": outcome.why or None,
        "conflict": outcome.conflict,
    }


ENDPOINTS = (
    Endpoint(
        "POST",
        "/api/v1/check-ins/batch",
        batch,
        "Report check-ins that were shown elsewhere; one outcome each, in order.",
        roles=DOORS,
        body=ref("Batch"),
        result=listed("outcomes", ref("Outcome")),
    ),
)

"""JSON schemas of the API's bodies and answers."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from validator.bounds import LONGEST_CODE, LONGEST_GATE, LONGEST_NUMBER, MOST_PEOPLE
from validator.gateway.api.bounds import LONGEST_QUERY, MOST_FOUND, MOST_ITEMS, SHORTEST_QUERY
from validator.model import (
    Assurance,
    Decision,
    Direction,
    Next,
    Reason,
    RevocationKind,
    Status,
    UseState,
)
from validator.roles import USERS

Schema = dict[str, Any]


def ref(name: str) -> Schema:
    """Refer to one of `SCHEMAS`."""
    return {"$ref": f"#/components/schemas/{name}"}


def table(required: Iterable[str], **properties: Schema) -> Schema:
    """Describe an object."""
    return {
        "type": "object",
        "required": list(required),
        "properties": properties,
        "additionalProperties": False,
    }


def text(longest: int, **more: Any) -> Schema:
    """Describe a text of 1 to `longest` characters."""
    return {"type": "string", "minLength": 1, "maxLength": longest} | more


def listed(name: str, item: Schema) -> Schema:
    """Describe an object that holds one list."""
    return table([name], **{name: {"type": "array", "items": item}})


def maybe(schema: Schema) -> Schema:
    """Describe a value that may be null."""
    return {"oneOf": [schema, {"type": "null"}]}


def one_of(kind: type[StrEnum]) -> Schema:
    """Describe a value of an enum."""
    return {"type": "string", "enum": [member.value for member in kind]}


TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
TIME: Schema = {"type": "string", "format": "date-time"}
PEOPLE: Schema = {"type": "integer", "minimum": 1, "maximum": MOST_PEOPLE}
UUID: Schema = {"type": "string", "format": "uuid", "description": "Version 7, lower case."}
GATE: Schema = text(LONGEST_GATE)
ROLE: Schema = {"type": "string", "enum": [role.value for role in sorted(USERS)]}
ANY_OBJECT: Schema = {"type": "object"}

_SCAN: dict[str, Schema] = {
    "code": text(LONGEST_CODE, description="As scanned. Either this or `ticket`."),
    "ticket": text(LONGEST_NUMBER, description="Printed number; for stewards and supervisors."),
    "gate": GATE,
    "direction": {**one_of(Direction), "description": "Left out: the gate's."},
    "count": {**PEOPLE, "description": "Left out: all that the ticket still admits."},
    "id": {**UUID, "description": "Left out: made here. The same id and body: the same answer."},
}

SCHEMAS: dict[str, Schema] = {
    "Error": table(["error"], error={"type": "string"}),
    "CheckIn": table(["gate"], **_SCAN),
    "Verdict": table(
        [
            *("id", "code", "decision", "reason", "assurance", "ticket", "count", "first_use"),
            *("age_s", "next", "conflict"),
        ],
        id=UUID,
        code=maybe({"type": "string", "description": "Digest of the code, hexadecimal."}),
        decision=one_of(Decision),
        reason=one_of(Reason),
        assurance=one_of(Assurance),
        ticket=maybe({"type": "string", "description": "Printed number."}),
        count=COUNT,
        first_use=maybe(
            table(["at", "gate", "seat"], at=TIME, gate=GATE, seat=maybe({"type": "string"}))
        ),
        age_s=maybe({"type": "number", "description": "Age of what is known of its source."}),
        next=one_of(Next),
        conflict=FLAG,
    ),
    "ShownCheckIn": table(
        ["id", "at", "decision", "assurance", "gate"],
        **_SCAN | {"id": UUID},
        at={**TIME, "description": "When it was shown."},
        decision=one_of(Decision),
        assurance=one_of(Assurance),
        reason=one_of(Reason),
        override_of={**UUID, "description": "The refusal that a supervisor overruled."},
    ),
    "Batch": table(
        ["check_ins"],
        check_ins={"type": "array", "maxItems": MOST_ITEMS, "items": ref("ShownCheckIn")},
    ),
    "Outcome": table(
        ["id", "accepted", "why", "conflict"],
        id=maybe(UUID),
        accepted=FLAG,
        why=maybe({"type": "string"}),
        conflict=FLAG,
    ),
    "Device": table(
        ["id", "name", "gate", "revoked", "enrolled_at", "connected"],
        id={"type": "string"},
        name={"type": "string"},
        gate=maybe(GATE),
        revoked=FLAG,
        enrolled_at=TIME,
        connected=FLAG,
        slowed=FLAG | {"description": "It asks for more than a scanner does, and has to wait."},
        awaited=FLAG | {"description": "It has not come back since a restore."},
        since=maybe(TIME),
        backlog=maybe(COUNT),
        battery=maybe(COUNT),
        confirmed={"type": "object", "description": "Per stream, what it has on disk."},
    ),
    "Search": table(
        ["query"],
        query=text(LONGEST_QUERY, minLength=SHORTEST_QUERY),
        limit={"type": "integer", "minimum": 1, "maximum": MOST_FOUND},
    ),
    "Found": table(
        ["number", "seat", "tariff", "performance", "admits", "distributor", "state", "inside"],
        number=maybe({"type": "string"}),
        seat=maybe({"type": "string"}),
        tariff={"type": "string", "description": "Name in English."},
        performance={"type": "integer", "description": "Its scope."},
        admits=PEOPLE,
        distributor={"type": "string", "description": "Empty = the organiser."},
        state={
            "enum": [*RevocationKind, *Status, "used"],
            "description": "The first that holds: revoked, unapproved, unpaid, used, ok.",
        },
        inside=COUNT,
    ),
    "Waiting": table(
        ["id", "state", "gate", "device", "direction", "count", "at"],
        id=maybe(UUID),
        state={"enum": [UseState.CLAIMED, UseState.HELD]},
        gate=GATE,
        device={"type": "string"},
        direction=one_of(Direction),
        count=COUNT,
        at=TIME,
    ),
    "User": table(["name", "role"], name=text(80), role=ROLE),
}

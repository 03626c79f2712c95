"""A check-in list of another system stands for the gate's own policy, and add-ons for tickets."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from doubles.evening import CATALOGUE, FRESH, FULL, GATE, NOW, STUDENT, TONIGHTS
from validator.clock import HOUR_MS, MINUTE_MS, Instant
from validator.judge import judge
from validator.listed import counted_rows
from validator.model import (
    Catalogue,
    CheckInId,
    CheckList,
    CodeId,
    Decision,
    DeviceId,
    Direction,
    Facts,
    Gate,
    Listing,
    Opaque,
    Pass,
    Reason,
    Reentry,
    Revocation,
    RevocationKind,
    Status,
    Tariff,
    Ticket,
    TicketId,
    Use,
    Verdict,
)

SHOW, DOOR, VIP, WORKSHOP = 50, 60, 61, 7
"""The show that tickets are for, and two check-in lists of it; a tariff that only add-ons have."""

CODE, ADDON, OTHER_ADDON = (CodeId(letter * 16) for letter in (b"c", b"a", b"o"))
READING = Opaque(CODE, "text")
TICKET = Ticket(TicketId("box:1"), SHOW, FULL, "box")


def evening(policy: CheckList, **changes: Any) -> Catalogue:
    """Return a plan in which both doors have the same policy."""
    door = replace(TONIGHTS, scope=DOOR, check_list=policy, zone="Europe/Berlin", **changes)
    return Catalogue.of(
        (
            *CATALOGUE.sources.values(),
            *(replace(tariff, product=900 + id) for id, tariff in CATALOGUE.tariffs.items()),
            Tariff(WORKSHOP, {"en": "Workshop"}, product=907, variation=3),
            door,
            replace(door, scope=VIP),
            Pass(SHOW, "Show", (DOOR, VIP)),
        )
    )


AT_DOOR = replace(GATE, performances=(DOOR,), name="Main entrance")


def used(*minutes_ago: int, at: int = DOOR, direction: Direction = Direction.ENTRY) -> list[Use]:
    return [
        Use(
            CheckInId(f"{at}-{direction}-{minutes}"),
            TICKET.id,
            at,
            direction,
            1,
            Instant(NOW - minutes * MINUTE_MS),
            "a",
            DeviceId("lane-2"),
        )
        for minutes in minutes_ago
    ]


def judged(
    policy: CheckList,
    *uses: Use,
    ticket: Ticket = TICKET,
    gate: Gate = AT_DOOR,
    now: Instant = NOW,
    **changes: Any,
) -> Verdict:
    ordered = tuple(sorted(uses, key=lambda use: use.at))
    known = Facts(evening(policy, **changes), (ticket,), (), ordered, FRESH)
    return judge(known, READING, gate, now)


def test_uses_count_for_each_list_by_itself() -> None:
    entries = used(10)
    assert judged(CheckList(), *entries).reason is Reason.ALREADY_USED
    assert judged(CheckList(), *entries, gate=replace(GATE, performances=(VIP,))).passes


def test_a_list_is_for_its_tariffs_and_an_empty_one_for_none() -> None:
    assert judged(CheckList(tariffs=(FULL,))).passes
    for tariffs in ((STUDENT,), ()):
        assert judged(CheckList(tariffs=tariffs)).reason is Reason.WRONG_TARIFF


@pytest.mark.parametrize(
    ("reentry", "before_exit", "after_exit"),
    [
        (Reentry.NEVER, Reason.ALREADY_USED, Reason.ALREADY_USED),
        (Reentry.AFTER_EXIT, Reason.PASSBACK, Reason.OK),
        (Reentry.ALWAYS, Reason.OK, Reason.OK),
    ],
)
def test_a_list_says_who_may_come_back(
    reentry: Reentry, before_exit: Reason, after_exit: Reason
) -> None:
    policy = CheckList(reentry=reentry)
    left = used(5, direction=Direction.EXIT)
    gate = replace(AT_DOOR, reentry=Reentry.ALWAYS)
    assert judged(policy, *used(10), gate=gate).reason is before_exit
    assert judged(policy, *used(10), *left, gate=gate).reason is after_exit


def test_a_list_of_pending_orders_lets_unpaid_tickets_in_after_a_look() -> None:
    ticket = replace(TICKET, status=Status.UNPAID)
    assert judged(CheckList(), ticket=ticket).reason is Reason.UNPAID
    verdict = judged(CheckList(pending=True), ticket=ticket)
    assert (verdict.decision, verdict.reason) == (Decision.CHECK, Reason.UNPAID)


def test_only_the_rule_of_a_list_closes_its_door() -> None:
    tomorrow = Instant(NOW + 30 * HOUR_MS)
    assert judged(CheckList(), now=tomorrow).passes
    rule = json.dumps({"isBefore": [{"var": "now"}, {"buildTime": ["date_to"]}]})
    assert judged(CheckList(rule=rule)).passes
    assert judged(CheckList(rule=rule), now=tomorrow).reason is Reason.RULE


def test_a_tickets_own_window_holds_at_every_list() -> None:
    early = replace(TICKET, valid_from=Instant(NOW + 1))
    late = replace(TICKET, valid_until=NOW)
    assert judged(CheckList(), ticket=early).reason is Reason.TOO_EARLY
    assert judged(CheckList(), ticket=late).reason is Reason.TOO_LATE


def test_a_note_is_to_be_read_first() -> None:
    verdict = judged(CheckList(), ticket=replace(TICKET, note="Bring the wheelchair ramp"))
    assert (verdict.decision, verdict.reason) == (Decision.CHECK, Reason.ATTENTION)


# NOW is 2026-11-18 12:06:40 in Berlin, a Wednesday.
@pytest.mark.parametrize(
    "rule",
    [
        {"inList": [{"var": "product"}, {"objectList": [{"lookup": ["product", "901", "x"]}]}]},
        {"==": [{"var": "variation"}, None]},
        {"==": [{"var": "now_isoweekday"}, 3]},
        {"inList": [{"var": "gate"}, {"objectList": [{"lookup": ["gate", "4", "Main entrance"]}]}]},
        {"<": [{"entries_since": [{"buildTime": ["customtime", "12:00:00"]}]}, 1]},
        {"==": [{"entries_since": [{"buildTime": ["customtime", "11:50"]}]}, 1]},
        {"==": [{"entries_before": [{"buildTime": ["custom", "2026-11-18T00:00:00+01:00"]}]}, 2]},
        {"==": [{"entries_days_before": [{"buildTime": ["customtime", "11:00"]}]}, 2]},
        {"==": [{"entries_days_since": [{"buildTime": ["custom", "2026-11-16T00:00Z"]}]}, 3]},
        {"==": [{"var": "entries_number"}, 3]},
        {"==": [{"var": "entries_today"}, 1]},
        {"==": [{"var": "entries_days"}, 3]},
        {"==": [{"var": "entry_status"}, "present"]},
        {">=": [{"var": "minutes_since_first_entry"}, 2890]},
        {"==": [{"var": "minutes_since_last_entry"}, 10]},
        {"isAfter": [{"var": "now"}, {"buildTime": ["date_from"]}, 61]},
        {"isBefore": [{"var": "now"}, {"buildTime": ["date_admission"]}, 61]},
    ],
)
def test_custom_rules_know_every_variable_and_operator(rule: Any) -> None:
    entries = used(10, 24 * 60, 48 * 60 + 10)
    met = CheckList(reentry=Reentry.ALWAYS, rule=json.dumps(rule))
    assert judged(met, *entries).reason is Reason.OK
    unmet = CheckList(reentry=Reentry.ALWAYS, rule=json.dumps({"!": [rule]}))
    assert judged(unmet, *entries).reason is Reason.RULE


def test_another_systems_gate_is_known_by_its_name_only() -> None:
    rule = {"inList": [{"var": "gate"}, {"objectList": [{"lookup": ["gate", "4", "Garden"]}]}]}
    assert judged(CheckList(rule=json.dumps(rule))).reason is Reason.RULE


WORKSHOPS = CheckList(tariffs=(WORKSHOP,), addons=True)
PARENT = replace(TICKET, addons=(ADDON, OTHER_ADDON))
LESSON = replace(TICKET, id=TicketId("box:2"), tariff=WORKSHOP)
LISTED = (Listing(CODE, PARENT),)


def find(*addons: Ticket) -> Any:
    rows = [Listing(code, addon) for code, addon in zip(PARENT.addons, addons, strict=False)]
    return lambda codes: [row for row in rows if row.key in codes]


def stands(policy: CheckList, *addons: Ticket) -> list[TicketId]:
    rows = counted_rows(LISTED, AT_DOOR, evening(policy), NOW, find(*addons))
    return [row.ticket.id for row in rows]


def test_the_only_add_on_that_a_list_is_for_stands_for_its_ticket() -> None:
    drink = replace(TICKET, id=TicketId("box:3"), tariff=STUDENT)
    assert stands(WORKSHOPS, drink, LESSON) == [LESSON.id]


def test_without_add_on_match_a_ticket_stands_for_itself() -> None:
    assert stands(replace(WORKSHOPS, addons=False), LESSON) == [PARENT.id]


def test_if_no_add_on_fits_the_ticket_itself_is_judged() -> None:
    assert stands(WORKSHOPS, replace(LESSON, tariff=STUDENT)) == [PARENT.id]


def test_of_several_add_ons_the_one_that_is_good_now_counts() -> None:
    over = replace(LESSON, id=TicketId("box:3"), valid_until=NOW)
    assert stands(WORKSHOPS, over, LESSON) == [LESSON.id]


def test_several_good_add_ons_are_ambiguous() -> None:
    other = replace(LESSON, id=TicketId("box:3"))
    assert len(stands(WORKSHOPS, other, LESSON)) == 2


def test_a_revoked_code_is_told_apart_from_an_unknown_one() -> None:
    revoked = (Revocation(CODE, RevocationKind.EXCHANGED, NOW),)
    known = Facts(evening(CheckList()), revocations=revoked, ages_s=FRESH)
    assert judge(known, READING, AT_DOOR, NOW).reason is Reason.EXCHANGED

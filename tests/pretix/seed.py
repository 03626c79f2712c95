"""Fills a real pretix; run by the interpreter of pretix's own environment, never imported by ours.

Writes on its last line what was made, as JSON.
"""

from __future__ import annotations

import json
import os
import random
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pretix.settings")
django.setup()

from django.db import transaction  # noqa: E402 - Django has to be set up first
from django_scopes import scopes_disabled  # noqa: E402
from pretix.base.models import (  # noqa: E402
    CheckinList,
    Device,
    Event,
    Item,
    ItemVariation,
    Order,
    OrderPosition,
    Organizer,
    Question,
    Quota,
    Team,
    TeamAPIToken,
)
from pretix.base.models.devices import Gate  # noqa: E402

NOW = datetime.now(UTC).replace(microsecond=0)
TICKETS = 200


def var(name: str) -> Any:
    return {"var": name}


def clock(kind: str, *value: str) -> Any:
    return {"buildTime": [kind, *value]}


def rules(items: dict[str, Any], gold: Any, gate: Any) -> dict[str, Any]:
    """Return custom rules that use every variable and operator."""
    adult = {"lookup": ["product", str(items["adult"].pk), "Adult"]}
    golden = {"lookup": ["variation", str(gold.pk), "Gold"]}
    ago = (NOW - timedelta(hours=3)).isoformat()
    return {
        "product": {"inList": [var("product"), {"objectList": [adult]}]},
        "variation": {"inList": [var("variation"), {"objectList": [golden]}]},
        "gate": {
            "inList": [var("gate"), {"objectList": [{"lookup": ["gate", str(gate.pk), "East"]}]}]
        },
        "once-a-day": {"<": [var("entries_today"), 1]},
        "twice": {"and": [{"<=": [var("entries_number"), 1]}, {"<": [var("entries_days"), 5]}]},
        "weekday": {"or": [{">=": [var("now_isoweekday"), 1]}, {"==": [var("product"), 0]}]},
        "pause": {
            "or": [
                {"==": [var("entry_status"), "absent"]},
                {">": [var("minutes_since_last_entry"), 100]},
                {"!=": [var("minutes_since_first_entry"), -1]},
            ]
        },
        "doors": {
            "and": [
                {"isAfter": [var("now"), clock("date_admission"), 30]},
                {"isBefore": [var("now"), clock("date_to"), None]},
            ]
        },
        "not-yet": {"isAfter": [var("now"), clock("date_from")]},
        "since": {"<": [{"entries_since": [clock("custom", ago)]}, 1]},
        "before": {">=": [{"entries_before": [clock("custom", ago)]}, 1]},
        "days": {
            "and": [
                {"<": [{"entries_days_since": [clock("date_admission")]}, 2]},
                {"<": [{"entries_days_before": [clock("customtime", "03:00:00")]}, 1]},
            ]
        },
    }


def event(organizer: Any, slug: str, signed: bool, series: bool) -> Any:
    made = Event.objects.create(
        organizer=organizer,
        name=slug.title(),
        slug=slug,
        date_from=NOW + timedelta(hours=1),
        date_to=NOW + timedelta(hours=5),
        date_admission=NOW - timedelta(minutes=10),
        has_subevents=series,
        live=True,
        currency="EUR",
        plugins="",
    )
    made.settings.timezone = "Europe/Berlin"
    made.settings.ticket_secret_generator = "pretix_sig1" if signed else "random"
    return made


def product(made: Any, name: str, **changes: Any) -> Any:
    return Item.objects.create(event=made, name=name, default_price=Decimal(23), **changes)


def order(made: Any, place: int, status: str, **changes: Any) -> Any:
    return Order.objects.create(
        event=made,
        code=f"{made.slug[:2].upper()}{place:04}",
        status=status,
        email="guest@example.org",
        datetime=NOW - timedelta(days=2),
        expires=NOW + timedelta(days=2),
        total=Decimal(23),
        locale="en",
        sales_channel=made.organizer.sales_channels.get(identifier="web"),
        **changes,
    )


def position(bought: Any, item: Any, number: int = 1, **changes: Any) -> Any:
    return OrderPosition.objects.create(
        order=bought, item=item, price=Decimal(23), positionid=number, **changes
    )


def settle(bought: Any) -> None:
    """Give an order its total and, if it is paid, its payment."""
    bought.total = sum(each.price for each in bought.all_positions.all())
    bought.save()
    if bought.status in ("p", "c"):
        bought.payments.create(provider="manual", state="confirmed", amount=bought.total)
    bought.create_transactions()


def people(fest: Any, items: dict[str, Any], variations: list[Any], lists: list[Any]) -> None:
    """Sell tickets in every state."""
    dice = random.Random(7)
    states = ["p"] * 10 + ["n", "n-approve", "n-valid", "e", "c", "dropped", "early", "late"]
    for place in range(TICKETS):
        state = dice.choice(states)
        bought = order(
            fest,
            place,
            state[0] if state[0] in "pnec" and state not in ("early", "dropped") else "p",
            require_approval=state == "n-approve",
            valid_if_pending=state == "n-valid",
            checkin_attention=dice.random() < 0.05,
            checkin_text="Bring the ramp" if dice.random() < 0.05 else None,
        )
        name = dice.choice(["adult", "adult", "student", "vip", "asked"])
        times: dict[str, Any] = {
            "early": {"valid_from": NOW + timedelta(hours=2)},
            "late": {"valid_until": NOW - timedelta(hours=2)},
        }.get(state, {})
        one = position(
            bought,
            items[name],
            variation=dice.choice(variations) if name == "vip" else None,
            **times,
        )
        for number in range(dice.choice([0, 0, 1, 1, 2])):
            position(bought, items["workshop"], number + 2, addon_to=one)
        if state == "dropped":
            one.canceled = True
        one.save()
        settle(bought)
        for _ in range(dice.choice([0, 0, 0, 1, 2, 3])):
            back = timedelta(minutes=dice.choice([20, 90, 400, 1500, 3000]))
            kind = dice.choice(["entry", "entry", "exit"])
            one.all_checkins.create(list=dice.choice(lists), datetime=NOW - back, type=kind)


def check_list(made: Any, name: str, *limited: Any, **changes: Any) -> Any:
    found = CheckinList.objects.create(event=made, name=name, all_products=not limited, **changes)
    found.limit_products.set(limited)
    return found


def main() -> None:
    organizer = Organizer.objects.create(name="Gate", slug="gate")
    fest = event(organizer, "fest", signed=True, series=False)
    tour = event(organizer, "tour", signed=False, series=True)
    items = {
        "adult": product(fest, "Adult"),
        "student": product(fest, "Student", checkin_attention=True, checkin_text="Student card"),
        "vip": product(fest, "VIP"),
        "workshop": product(fest, "Workshop"),
        "asked": product(fest, "Minor"),
    }
    variations = [
        ItemVariation.objects.create(item=items["vip"], value=v) for v in ("Gold", "Silver")
    ]
    quota = Quota.objects.create(event=fest, name="All", size=None)
    quota.items.set(items.values())
    quota.variations.set(variations)
    question = Question.objects.create(
        event=fest, question="Form?", type="S", ask_during_checkin=True, required=True
    )
    question.items.add(items["asked"])
    east = Gate.objects.create(organizer=organizer, name="East", identifier="east")
    lists = [
        check_list(fest, "Door", include_pending=True),
        check_list(fest, "Students", items["student"], items["vip"]),
        check_list(fest, "Workshop", items["workshop"], addon_match=True),
        check_list(fest, "Bar", allow_multiple_entries=True),
        check_list(fest, "Garden", allow_entry_after_exit=True),
    ]
    people(fest, items, variations, lists)
    for name, rule in rules(items, variations[0], east).items():
        check_list(fest, name, allow_multiple_entries=True, rules=rule)
    seat = product(tour, "Seat")
    days = [
        tour.subevents.create(
            name=f"Day {day}", active=True, date_from=NOW + timedelta(days=day, hours=1)
        )
        for day in range(3)
    ]
    for day in days:
        check_list(tour, f"Only {day.name}", subevent=day)
    check_list(tour, "Whole tour", rules={"isAfter": [var("now"), clock("date_from"), 90]})
    for place in range(30):
        bought = order(tour, place, "p")
        position(bought, seat, subevent=days[place % 3])
        settle(bought)
    device = Device.objects.create(
        organizer=organizer, name="Gateway", all_events=True, gate=east, security_profile="full"
    )
    team = Team.objects.create(
        organizer=organizer,
        name="Office",
        all_events=True,
        all_event_permissions=True,
        all_organizer_permissions=True,
    )
    token = TeamAPIToken.objects.create(team=team, name="tests")
    json.dump({"setup": device.initialization_token, "team": token.token}, sys.stdout)


if __name__ == "__main__":
    with scopes_disabled(), transaction.atomic():
        main()

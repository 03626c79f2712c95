"""The sample evening that the demo plays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import pytest

from doubles.box import entropy
from doubles.hand_clock import HandClock
from validator.boxoffice import BoxOffice, Evening, State, sample
from validator.boxoffice.sample import BALCONY, DISTRIBUTOR, STALLS
from validator.clock import HOUR_MS


@pytest.fixture
def office(tmp_path: Path, hand: HandClock) -> Iterator[BoxOffice]:
    with closing(BoxOffice.open(tmp_path, hand.clock, entropy())) as office:
        yield office


def numbers(evening: Evening) -> Iterator[str]:
    for role, value in asdict(evening).items():
        if role != "event" and isinstance(value, str | tuple):
            yield from (value,) if isinstance(value, str) else value


def test_every_role_has_a_ticket_of_its_own(office: BoxOffice, hand: HandClock) -> None:
    evening = sample(office, hand.clock.now())
    all_numbers = list(numbers(evening))
    assert len(set(all_numbers)) == len(all_numbers) > 70
    assert len(office.orders.latest(100)) > 12
    for number in all_numbers:
        assert office.tickets.get(number).number == number


def test_the_roles_are_what_they_say(office: BoxOffice, hand: HandClock) -> None:
    evening = sample(office, hand.clock.now())
    get = office.tickets.get
    assert {get(number).scope for number in evening.full} == {evening.tonight}
    assert get(evening.next_day).scope == evening.tomorrow
    assert get(evening.group).admits == 4
    assert get(evening.balcony).zone == BALCONY
    assert get(evening.full[0]).zone == STALLS
    assert get(evening.cancelled).state is State.CANCELLED
    assert get(evening.to_cancel).state is State.VALID
    assert not get(evening.unpaid).paid
    assert [code.replaced for code in get(evening.reissued).codes] == [True, False]
    assert get(evening.exchanged).state is State.EXCHANGED
    assert get(evening.ean13).code.symbology == "ean13"
    assert get(evening.code128).code.symbology == "code128"
    assert get(evening.ean13).distributor == DISTRIBUTOR


def test_tonights_doors_are_open_and_tomorrow_is_a_day_later(
    office: BoxOffice, hand: HandClock
) -> None:
    now = hand.clock.now()
    evening = sample(office, now)
    shows = {show.scope: show for event in office.catalogue.events() for show in event.performances}
    tonight, tomorrow = shows[evening.tonight], shows[evening.tomorrow]
    assert tonight.doors <= now - 0.9 * HOUR_MS
    assert now < tonight.start < now + HOUR_MS
    assert now + 2 * HOUR_MS < tonight.end <= now + 3 * HOUR_MS
    assert tomorrow.doors - tonight.doors == 24 * HOUR_MS


def test_students_are_asked_for_their_card_in_five_languages(
    office: BoxOffice, hand: HandClock
) -> None:
    evening = sample(office, hand.clock.now())
    tariffs = {tariff.id: tariff for tariff in office.catalogue.tariffs()}
    student = tariffs[office.tickets.get(evening.student[0]).tariff]
    assert set(student.attention) == set(student.name) == {"en", "fr", "de", "es", "it"}
    assert student.icon


def test_an_evening_is_kept_over_a_restart(tmp_path: Path, hand: HandClock) -> None:
    office = BoxOffice.open(tmp_path, hand.clock, entropy())
    evening = sample(office, hand.clock.now())
    office.close()
    hand.go(2 * HOUR_MS)
    again = BoxOffice.open(tmp_path, hand.clock, entropy("other"))
    assert sample(again, hand.clock.now()) == evening
    assert len(again.catalogue.events()) == 1


def test_an_evening_that_is_over_is_followed_by_another(office: BoxOffice, hand: HandClock) -> None:
    first = sample(office, hand.clock.now())
    hand.go(3 * HOUR_MS)
    second = sample(office, hand.clock.now())
    assert second.tonight > first.tomorrow
    assert not set(numbers(first)) & set(numbers(second))
    codes = [office.tickets.get(evening.ean13).code.text for evening in (first, second)]
    assert codes[0] != codes[1]

"""A key that signs tickets is stolen: what the box office knows it to have signed."""

from __future__ import annotations

import pytest

from doubles.boxoffice.box import STANDING, active_key
from validator.boxoffice import BoxOffice, Refund
from validator.errors import FixRequest
from validator.model import KeyState, Serial


def states(office: BoxOffice) -> dict[int, KeyState]:
    return office.issuer.states()


def test_when_the_signing_key_is_stolen_a_new_one_signs(office: BoxOffice) -> None:
    office.issuer.compromise(1)
    assert states(office) == {1: KeyState.COMPROMISED, 2: KeyState.ACTIVE}
    assert active_key(office) == 2


def test_when_a_retired_key_is_stolen_the_signing_one_signs_on(office: BoxOffice) -> None:
    office.issuer.rotate()
    office.issuer.compromise(1)
    assert states(office) == {1: KeyState.COMPROMISED, 2: KeyState.ACTIVE}


def test_a_stolen_key_is_never_good_again(office: BoxOffice) -> None:
    office.issuer.compromise(1)
    last = office.changes.since("", 500).cursor
    office.issuer.compromise(1)
    assert office.changes.since(last, 500).changes == ()
    office.issuer.rotate()
    assert states(office)[1] is KeyState.COMPROMISED


def test_a_key_that_is_not_there_is_named(office: BoxOffice) -> None:
    with pytest.raises(FixRequest, match="no key 9"):
        office.issuer.compromise(9)


def test_what_a_key_has_signed_is_what_is_still_good_of_it(office: BoxOffice) -> None:
    _, gone, again = office.orders.sell("Ada", "", [STANDING] * 3).tickets
    office.tickets.cancel([gone.number], Refund.NONE, "unwell")
    office.issuer.rotate()
    office.tickets.reissue(again.number)
    assert list(office.issuer.sold(1)) == [(Serial(7, 1),)]
    assert list(office.issuer.sold(2)) == [(Serial(7, 4),)]


def test_the_feed_tells_of_sold_tickets_before_it_tells_that_their_key_is_stolen(
    office: BoxOffice,
) -> None:
    (ticket,) = office.orders.sell("Ada", "", [STANDING]).tickets
    office.issuer.compromise(1)
    told = office.changes.since("", 500).changes
    sold = [place for place, row in enumerate(told) if row.get("id") == ticket.id]
    stolen = [place for place, row in enumerate(told) if row.get("kid") == 1]
    assert max(sold) < stolen[-1]

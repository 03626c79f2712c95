"""What the streams are called, as devices of every version know them."""

from __future__ import annotations

import pytest

from validator.feed import is_stream
from validator.feed.names import CANCELLATIONS, CATALOGUE, SCOPED, TICKETS, USES, kind_of, stream_of


def test_the_names_are_those_of_the_first_version() -> None:
    names = [stream_of(kind, 5) for kind in (CANCELLATIONS, TICKETS, USES)]
    assert [CATALOGUE, *names] == ["catalogue", "cancellations.5", "tickets.5", "uses.5"]
    assert all(map(is_stream, [CATALOGUE, *names]))
    assert [kind_of(name) for name in names] == [*SCOPED]


@pytest.mark.parametrize("name", ["tickets", "catalogue.5", "", "catalogue."])
def test_a_kind_without_its_scope_or_with_one_too_many_is_none(name: str) -> None:
    assert kind_of(name) == ""

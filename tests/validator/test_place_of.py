"""Where a mistake of ours is told to be."""

import pytest

from validator.errors import place_of
from validator.wire.codec import pack


def test_a_mistake_is_told_by_the_innermost_line_of_ours_that_it_came_through() -> None:
    with pytest.raises(TypeError) as caught:
        pack(object())
    module, _, line = place_of(caught.value).partition(":")
    assert module == "validator.wire.codec"
    assert int(line) > 0


def test_an_error_that_came_through_no_line_of_ours_is_from_nowhere() -> None:
    with pytest.raises(ValueError, match="4006381333931x") as caught:
        int("4006381333931x")
    assert place_of(caught.value) == "nowhere"

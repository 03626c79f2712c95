import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.errors import TokenError
from validator.formats import base45
from validator.model import Reason


@pytest.mark.parametrize(
    ("data", "text"),
    [  # RFC 9285, sections 4.3 and 4.4.
        (b"AB", "BB8"),
        (b"Hello!!", "%69 VD92EX0"),
        (b"base-45", "UJCLQE7W581"),
        (b"ietf!", "QED8WEX0"),
        (b"", ""),
        (b"\0", "00"),
        (b"\xff", "U5"),
        (b"\xff\xff", "FGW"),
        (b"\0\0", "000"),
    ],
)
def test_the_standards_examples(data: bytes, text: str) -> None:
    assert base45.encode(data) == text
    assert base45.decode(text) == data


def refused(text: str) -> bool:
    with pytest.raises(TokenError) as caught:
        base45.decode(text)
    return caught.value.reason == Reason.MALFORMED


@pytest.mark.parametrize("text", ["0", "A", "BB80", "BB8A", "%69 VD92EX0BB"])
def test_a_single_character_left_over_is_refused(text: str) -> None:
    assert refused(text)


@pytest.mark.parametrize("text", ["GGW", ":::", "FHW", "000GGW", "GGW00"])
def test_three_characters_above_65535_are_refused(text: str) -> None:
    assert refused(text)


@pytest.mark.parametrize("text", ["V5", "::", "06", "BB8V5"])
def test_two_last_characters_above_255_are_refused(text: str) -> None:
    assert refused(text)


@pytest.mark.parametrize("text", ["bb8", "BB8\n", "B\x008", "BÀ8", "BB=", "BB_", "٠٠", "B\ud8008"])
def test_a_character_outside_the_alphabet_is_refused(text: str) -> None:
    assert refused(text)


@given(st.binary(max_size=100))
def test_what_is_written_reads_as_it_was(data: bytes) -> None:
    assert base45.decode(base45.encode(data)) == data


@given(st.text(base45.ALPHABET, max_size=24))
def test_every_value_has_one_text(text: str) -> None:
    try:
        data = base45.decode(text)
    except TokenError:
        return
    assert base45.encode(data) == text

from typing import Any

import pytest

from validator.errors import FixConfig, TokenError
from validator.keys import KeyRing, SigningKey, verify
from validator.model import Catalogue, IssuerKey, KeyState, Reason

# RFC 8032, section 7.1, test 1 (empty message) and test 3.
VECTORS = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701c"
        "f9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f76098"
        "4dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]

KEY = SigningKey.from_seed(bytes(range(32)))
CODE_KEY = b"\x05" * 32


def ring(state: KeyState = KeyState.ACTIVE) -> KeyRing:
    key = IssuerKey(7, KEY.public, state, (1,), "boxoffice")
    return KeyRing.of(Catalogue.of((key,)), CODE_KEY)


@pytest.mark.parametrize(("seed", "public", "message", "signature"), VECTORS)
def test_signatures_are_those_of_the_standard(
    seed: str, public: str, message: str, signature: str
) -> None:
    key = SigningKey.from_seed(bytes.fromhex(seed))
    assert key.public.hex() == public
    assert key.seed.hex() == seed
    assert key.sign(bytes.fromhex(message)).hex() == signature
    assert verify(key.public, bytes.fromhex(signature), bytes.fromhex(message))


def test_the_secret_is_in_no_repr() -> None:
    assert KEY.seed.hex() not in repr(KEY) and repr(KEY.seed) not in repr(KEY)
    assert repr(CODE_KEY) not in repr(ring())


def test_a_key_does_not_change() -> None:
    for_writing: Any = KEY
    with pytest.raises(AttributeError):
        for_writing.public = bytes(32)


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_seed_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(FixConfig):
        SigningKey.from_seed(bytes(length))


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_code_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(FixConfig):
        KeyRing({}, bytes(length))


@pytest.mark.parametrize("length", [0, 63, 65])
def test_a_signature_of_another_length_is_not_genuine(length: int) -> None:
    assert not verify(KEY.public, bytes(length), b"message")
    assert not verify(KEY.public, (KEY.sign(b"message") + b"\0")[:length], b"message")


@pytest.mark.parametrize("length", [0, 31, 33])
def test_nothing_verifies_with_a_public_key_of_another_length(length: int) -> None:
    assert not verify((KEY.public + b"\0")[:length], KEY.sign(b"message"), b"message")


def test_a_signature_with_its_order_added_is_not_genuine() -> None:
    """The same signature in a second spelling, which lax implementations take."""
    order = 2**252 + 27742317777372353535851937790883648493
    signature = KEY.sign(b"message")
    scalar = int.from_bytes(signature[32:], "little") + order
    assert not verify(KEY.public, signature[:32] + scalar.to_bytes(32, "little"), b"message")


@pytest.mark.parametrize("state", list(KeyState))
def test_tickets_of_every_known_key_verify_and_the_judge_decides(state: KeyState) -> None:
    assert ring(state).check(7, KEY.sign(b"message"), b"message").state is state


def test_a_key_that_nobody_listed_is_unknown() -> None:
    with pytest.raises(TokenError) as caught:
        ring().check(8, KEY.sign(b"message"), b"message")
    assert caught.value.reason == Reason.UNKNOWN_KEY


def test_another_keys_signature_is_bad() -> None:
    other = SigningKey.from_seed(bytes(32))
    with pytest.raises(TokenError) as caught:
        ring().check(7, other.sign(b"message"), b"message")
    assert caught.value.reason == Reason.BAD_SIGNATURE


def test_a_plain_codes_identity_depends_on_the_venues_key() -> None:
    code = ring().code_id("00000000A")
    assert len(code) == 16
    assert code == ring().code_id("00000000A")
    assert code != ring().code_id("00000000a")
    assert code != KeyRing({}, b"\x06" * 32).code_id("00000000A")

import contextlib
import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from validator.enrolment import (
    Invitation,
    authority_key_hash,
    enrolment_code,
    read_enrolment_code,
    read_invitation,
)
from validator.errors import FixRequest

HASH = bytes(range(32))
SECRET = bytes([0xFE, 0xDC, 0xBA, 0x98, 0x76])
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=5, max_size=5))
def test_a_code_gives_back_what_it_was_made_of(key_hash: bytes, secret: bytes) -> None:
    assert read_enrolment_code(enrolment_code(key_hash, secret)) == (key_hash[:8], secret)


def test_a_code_has_22_characters_in_groups_of_four() -> None:
    groups = enrolment_code(HASH, SECRET).split("-")
    assert [len(group) for group in groups] == [4, 4, 4, 4, 4, 2]
    assert set("".join(groups)) <= set(ALPHABET)


def test_lower_case_blanks_and_look_alikes_are_read() -> None:
    code = enrolment_code(bytes(8), bytes(5))
    typed = code.replace("0", "o").replace("-", " ").lower()
    assert read_enrolment_code(f"  {typed}\n".strip()) == (bytes(8), bytes(5))
    ones = enrolment_code(bytes([0b00001000, 0b01000010]) + bytes(6), bytes(5))
    assert read_enrolment_code(ones.replace("1", "l")) == read_enrolment_code(ones)
    assert read_enrolment_code(ones.replace("1", "I")) == read_enrolment_code(ones)


def test_any_single_wrong_character_is_noticed() -> None:
    code = enrolment_code(HASH, SECRET).replace("-", "")
    for place, right in enumerate(code):
        for wrong in ALPHABET.replace(right, ""):
            with pytest.raises(FixRequest):
                read_enrolment_code(code[:place] + wrong + code[place + 1 :])


def test_any_two_swapped_characters_are_noticed() -> None:
    code = enrolment_code(HASH, SECRET).replace("-", "")
    for first in range(len(code)):
        for second in range(first + 1, len(code)):
            chars = list(code)
            chars[first], chars[second] = chars[second], chars[first]
            if chars[first] != chars[second]:
                with pytest.raises(FixRequest):
                    read_enrolment_code("".join(chars))


@given(st.text(max_size=100))
def test_any_text_is_read_or_refused_and_never_repeated(text: str) -> None:
    try:
        read_enrolment_code(text)
    except FixRequest as error:
        assert len(text) < 15 or text not in str(error)


@pytest.mark.parametrize("text", ["", "ABCD", "U" * 22, "0" * 23, "0" * 10_000, "é" * 22])
def test_texts_that_are_no_code_are_refused(text: str) -> None:
    with pytest.raises(FixRequest):
        read_enrolment_code(text)


def test_parts_of_the_wrong_length_are_refused() -> None:
    with pytest.raises(FixRequest):
        enrolment_code(HASH, b"1234")
    with pytest.raises(FixRequest):
        enrolment_code(b"1234567", SECRET)


def test_the_key_hash_is_over_the_public_key_not_the_certificate() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "venue")])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    hashes_seen = set()
    for serial in (1, 2):
        certificate = (
            x509.CertificateBuilder(name, name, key.public_key(), serial)
            .not_valid_before(now)
            .not_valid_after(now + timedelta(days=1))
            .sign(key, hashes.SHA256())
        )
        hashes_seen.add(authority_key_hash(certificate.public_bytes(Encoding.PEM)))
    assert hashes_seen == {hashlib.sha256(public).digest()}
    with pytest.raises(FixRequest):
        authority_key_hash(b"no certificate")


CODE = enrolment_code(HASH, SECRET)
INVITED = Invitation("gate.example:8443", CODE, HASH)


def test_an_invitation_is_written_in_capitals_that_a_small_qr_code_holds() -> None:
    bare = CODE.replace("-", "")
    assert INVITED.text == f"ENROL:GATE.EXAMPLE:8443/{bare}/{HASH.hex().upper()}"


@pytest.mark.parametrize("address", ["gate.example:8443", "192.168.1.10:8443", "[fe80::1]:8443"])
def test_an_invitation_gives_back_what_it_was_made_of(address: str) -> None:
    read = read_invitation(f" {Invitation(address, CODE, HASH).text.lower()}\r\n")
    assert (read.address, read.pin) == (address, HASH)
    assert read_enrolment_code(read.code) == (HASH[:8], SECRET)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "E1:ABC.",
        "ENROL:",
        "ENROL:a:1/b",
        f"ENROL:/{CODE}/{HASH.hex()}",
        f"ENROL:a:1/{CODE}/{HASH.hex()}/more",
        f"ENROL:a:1/{CODE}/{HASH.hex()[:-2]}",
        f"ENROL:a:1/{CODE}/{bytes(32).hex()}",
        f"ENROL:a:1/{CODE[:-1]}/{HASH.hex()}",
        f"ENROL:{'a' * 300}:1/{CODE}/{HASH.hex()}",
        "ENROL:a:1/" + "x" * 1_000_000,
    ],
)
def test_what_is_no_whole_invitation_is_an_error_without_the_code(text: str) -> None:
    with pytest.raises(FixRequest) as caught:
        read_invitation(text)
    assert CODE not in str(caught.value)


def test_an_invitation_shows_no_code_when_it_is_printed() -> None:
    assert CODE not in repr(INVITED)


@given(st.text(max_size=400))
def test_any_text_is_an_invitation_or_an_error_for_people(text: str) -> None:
    with contextlib.suppress(FixRequest):
        read_invitation("ENROL:" + text)

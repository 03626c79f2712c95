"""Readers of what scanners and people hand in: scanned and typed text."""

from simulators.pretix_codes import join
from validator.bounds import LONGEST_CODE
from validator.enrolment import enrolment_code, read_enrolment_code
from validator.errors import FixRequest, TokenError
from validator.formats import base45, pretix_sig1, scanned
from validator.keys import KeyRing, SigningKey
from validator.model import IssuerKey, KeyState, Opaque, SourceKey
from validator.token import DOMAIN, END, PREFIX, claims_of, read

OWN = SigningKey.from_seed(b"i" * 32)
OTHER = SigningKey.from_seed(b"p" * 32)
RING = KeyRing(
    {1: IssuerKey(1, OWN.public, KeyState.ACTIVE, (1,), "box")},
    b"c" * 32,
    (SourceKey("pretix/fest", OTHER.public, "pretix"),),
)


def text_of(data: bytes) -> str:
    """Return any text, lone surrogates too."""
    return data.decode("utf-8", "surrogatepass" if b"\xed" in data else "surrogateescape")


def token(data: bytes) -> None:
    """Any text is a token, a plain code or an error; a plain code read again is the same."""
    try:
        text = text_of(data)
    except UnicodeDecodeError:
        return
    try:
        reading = read(text, RING)
    except TokenError:
        return
    assert len(reading.code) == 16
    if isinstance(reading, Opaque):
        assert len(reading.text) <= LONGEST_CODE
        assert read(reading.text, RING, reading.symbology or "") == Opaque(
            reading.code, reading.text, reading.symbology or ""
        )


def signed_token(data: bytes) -> None:
    """A payload that the issuer's key signed is read in its one form, or refused."""
    try:
        claims = claims_of(data)
    except TokenError:
        claims = None
    text = PREFIX + base45.encode(data + OWN.sign(DOMAIN + data)) + END
    try:
        assert read(text, RING) == claims
    except TokenError:
        assert claims is None or claims.kid != 1


def base45_text(data: bytes) -> None:
    """What is decoded encodes to the same text."""
    assert base45.decode(base45.encode(data)) == data
    text = data.decode("latin-1")
    try:
        assert base45.encode(base45.decode(text)) == text
    except TokenError:
        return


def pretix_text(data: bytes) -> None:
    """What is split joins to the same text."""
    text = data.decode("latin-1")
    try:
        assert join(pretix_sig1.split(text)) == text
    except TokenError:
        return


def scanned_text(data: bytes) -> None:
    """Cleaning what is clean changes nothing."""
    try:
        clean = scanned.clean(data.decode("utf-8", "surrogateescape"))
    except TokenError:
        return
    assert clean.text
    assert scanned.clean(clean.text, clean.symbology or "known").text == clean.text


def enrolment(data: bytes) -> None:
    """A code that is read is the same when it is written and read again."""
    try:
        parts = read_enrolment_code(data.decode("utf-8", "surrogateescape"))
    except FixRequest:
        return
    assert read_enrolment_code(enrolment_code(*parts)) == parts

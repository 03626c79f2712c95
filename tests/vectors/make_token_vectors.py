"""Writes tests/vectors/token/tokens.json: `python -m vectors.make_token_vectors` in tests/.

For whoever writes a second reader of our tokens. The seeds are public; never use them.
"""

import json
from pathlib import Path
from typing import Any

import msgpack

from validator.clock import Instant
from validator.errors import TokenError
from validator.formats import base45
from validator.keys import KeyRing, SigningKey
from validator.model import IssuerKey, KeyState, Opaque
from validator.token import DOMAIN, Claims, issue, read

FILE = Path(__file__).parent / "token" / "tokens.json"
KID = 7
KEY = SigningKey.from_seed(bytes(range(32)))
OTHER = SigningKey.from_seed(bytes(range(32, 64)))
CODE_KEY = bytes(range(64, 96))
RING = KeyRing(
    {
        kid: IssuerKey(kid, KEY.public, KeyState.ACTIVE, (1,), "boxoffice")
        for kid in (0, KID, 0xFFFF)
    },
    CODE_KEY,
)
U32 = 0xFFFF_FFFF
EVENING = Claims(
    scope=12,
    serial=345,
    tariff=2,
    zones=0b101,
    valid_from=Instant(1_795_370_400_000),
    valid_until=Instant(1_795_392_000_000),
    admits=4,
    attention=True,
)
LATEST = Instant(1_577_836_800_000 + U32 * 60_000)
CLAIMS = {
    "smallest": (0, Claims(scope=1, serial=1, tariff=0)),
    "evening": (KID, EVENING),
    "largest": (
        0xFFFF,
        Claims(U32, U32, 0xFFFF, U32, Instant(LATEST - 60_000), LATEST, 255, True),
    ),
}
GOOD = [KID, 12, 345, 2, 0, 0, 0, 1, 0]


def sealed(payload: bytes, key: SigningKey = KEY, domain: bytes = DOMAIN) -> str:
    """Return the token of any payload, also of a wrong one."""
    return f"E1:{base45.encode(payload + key.sign(domain + payload))}."


def changed(place: int, value: Any) -> bytes:
    """Return a good payload with one value replaced."""
    values: list[Any] = [*GOOD]
    values[place] = value
    packed: bytes = msgpack.packb(values)
    return packed


def wrong_payloads() -> dict[str, bytes]:
    """Return payloads that must be refused although their signature is genuine."""
    good: bytes = msgpack.packb(GOOD)
    return {
        "empty payload": b"",
        "eight items": msgpack.packb(GOOD[:8]),
        "ten items": msgpack.packb([*GOOD, 0]),
        "a byte behind the array": good + b"\0",
        "a byte missing": good[:-1],
        "array in a longer form": b"\xdc\0\x09" + good[1:],
        "key number in a longer form": b"\x99\xcc\x07" + good[2:],
        "serial as a 64-bit integer": good.replace(b"\xcd\x01\x59", b"\xcf" + bytes(6) + b"\x01Y"),
        "admits as a signed integer": good[:-2] + b"\xd0\x01\0",
        "no array": msgpack.packb(7),
        "a map": b"\x89" + good[1:],
        "key number over 65,535": changed(0, 0x1_0000),
        "negative key number": changed(0, -1),
        "scope 0": changed(1, 0),
        "scope over 32 bits": changed(1, 2**32),
        "serial 0": changed(2, 0),
        "tariff over 65,535": changed(3, 0x1_0000),
        "zones over 32 bits": changed(4, 2**32),
        "admits 0": changed(7, 0),
        "admits 256": changed(7, 256),
        "unknown flag": changed(8, 2),
        "unknown flag beside attention": changed(8, 3),
        "flags true": changed(8, True),
        "admits true": changed(7, True),
        "admits nil": changed(7, None),
        "admits 1.0": changed(7, 1.0),
        "serial as text": changed(2, "345"),
        "serial as an array": changed(2, [345]),
    }


def refused_texts() -> dict[str, str]:
    """Return texts that must be refused, by what is wrong with them."""
    good = sealed(msgpack.packb(GOOD))
    return {
        "prefix only": "E1:",
        "prefix and end": "E1:.",
        "no end mark": good[:-1],
        "two end marks": good + ".",
        "lower-case letter outside ASCII": good.replace("S", "ſ", 1),
        "stray character": f"{good[:20]}={good[20:]}",
        "a character missing": good[:20] + good[21:],
        "three characters missing": good[:20] + good[23:],
        "blank before the end mark": f"{good[:-1]} .",
        "unknown key": sealed(changed(0, 8)),
        "signed by another key": sealed(msgpack.packb(GOOD), OTHER),
        "signed without the domain": sealed(msgpack.packb(GOOD), domain=b""),
        "signed for a feed": sealed(msgpack.packb(GOOD), domain=b"entrance-control/feed/1\0"),
        **{name: sealed(payload) for name, payload in wrong_payloads().items()},
    }


PLAIN = [
    ("00000000A", None),
    ("2000000000A^0^100000000\r\n", "qrcode"),
    ("036000291452", "upca"),
    ("0036000291452", "ean13"),
    ("036000291452", "code128"),
    ("]C1TICKET-1\r", None),
    ("\\000026Zürich", "qrcode"),
    ("e1", None),
]


def _accepted(name: str, kid: int, claims: Claims) -> dict[str, Any]:
    text = issue(KEY, kid, claims)
    token = read(text, RING)
    if isinstance(token, Opaque):
        raise SystemExit(f"'{name}' was not read as a token.")
    return {
        "name": name,
        "text": text,
        "payload": token.payload.hex(),
        "code": token.code.hex(),
        "kid": token.kid,
        "scope": token.serial.scope,
        "serial": token.serial.serial,
        "tariff": token.tariff,
        "zones": token.zones,
        "valid_from_ms": token.valid_from,
        "valid_until_ms": token.valid_until,
        "admits": token.admits,
        "attention": token.attention,
    }


def _refused(name: str, text: str) -> dict[str, str]:
    try:
        read(text, RING)
    except TokenError as error:
        return {"name": name, "text": text, "reason": str(error.reason)}
    raise SystemExit(f"'{name}' was not refused.")


def _plain(text: str, symbology: str | None) -> dict[str, str | None]:
    code = read(text, RING, symbology)
    if not isinstance(code, Opaque):
        raise SystemExit("A plain code was read as a token.")
    return {
        "text": text,
        "symbology": symbology,
        "canonical": code.text,
        "canonical_symbology": code.symbology,
        "code": code.code.hex(),
    }


def render() -> str:
    """Return the file's text."""
    vectors = {
        "seed": KEY.seed.hex(),
        "public": KEY.public.hex(),
        "kids": sorted(RING.keys),
        "code_key": CODE_KEY.hex(),
        "accepted": [_accepted(name, *item) for name, item in CLAIMS.items()],
        "refused": [_refused(*item) for item in refused_texts().items()],
        "plain": [_plain(*item) for item in PLAIN],
    }
    return json.dumps(vectors, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(render(), encoding="utf-8")

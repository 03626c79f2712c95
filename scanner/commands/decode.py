"""Read the codes of pictures."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from device.decoders import available, decode_photo, missing, read_picture
from device.errors import DecoderMissing, PictureUnreadable
from device.ports import Decoder, Symbol
from scanner.commands import command

if TYPE_CHECKING:
    from scanner.commands import Commands


@dataclass(frozen=True, slots=True)
class Decoded:
    """What became of one file.

    Args:
        file: As named on the command line.
        symbols: Codes found.
        ms: Time it took, in milliseconds, opening the file included.
        error: Why it could not be read; empty if it could.
    """

    file: str
    symbols: tuple[Symbol, ...]
    ms: float
    error: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the agreed names (design section 10)."""
        codes = [
            {
                "text": symbol.text,
                "hex": symbol.data.hex(),
                "format": symbol.format,
                "corners": [list(corner) for corner in symbol.corners],
            }
            for symbol in self.symbols
        ]
        plain = {"file": self.file, "codes": codes, "ms": round(self.ms, 2)}
        return plain | {"error": self.error} if self.error else plain

    def as_text(self) -> str:
        """Return lines for people."""
        if not self.symbols:
            return f"{self.file}: no code found"
        return "\n".join(f"{self.file}: {each.format}  {_printable(each)}" for each in self.symbols)


def add_to(commands: Commands, state: Path) -> None:
    """Enter the command."""
    parser = command(commands, "decode", "Read the codes of pictures.", _run)
    parser.add_argument("images", nargs="+", metavar="IMAGE", help="PNG, JPEG, WebP, BMP or GIF")
    parser.add_argument("--json", action="store_true", help="one JSON object for each file")


def decode(file: str, decoders: Sequence[Decoder]) -> Decoded:
    """Read one file; an unreadable one is told in the answer.

    Args:
        file: Its path.
        decoders: Best first.
    """
    started = time.perf_counter()
    try:
        symbols, why = decode_photo(read_picture(Path(file)), decoders), ""
    except PictureUnreadable as error:
        symbols, why = [], str(error)
    return Decoded(file, tuple(symbols), (time.perf_counter() - started) * 1000, why)


def _run(asked: argparse.Namespace) -> int:
    decoders = available()
    if not decoders:
        raise DecoderMissing(" ".join(str(error) for error in missing()))
    failed = False
    for file in asked.images:
        result = decode(file, decoders)
        failed = failed or bool(result.error)
        if asked.json:
            print(json.dumps(result.as_json(), ensure_ascii=True), flush=True)
        elif result.error:
            print(f"entrance-scanner: {result.error}", file=sys.stderr)
        else:
            print(result.as_text(), flush=True)
    return 1 if failed else 0


def _printable(symbol: Symbol) -> str:
    if symbol.text is None:
        return f"{symbol.data.hex()} (bytes, no text)"
    return "".join(letter if letter.isprintable() else "·" for letter in symbol.text)

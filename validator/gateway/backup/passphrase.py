"""Where the passphrase of a backup comes from; never from the command line or its environment."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path

from validator.errors import FixConfig

CREDENTIAL = "backup.passphrase"
"""Name under which systemd hands it over (`LoadCredential=`)."""

_LONGEST = 1024


def read_passphrase(file: str | None, twice: bool = False) -> str:
    """Return the passphrase.

    Args:
        file: Its first line is taken; `-` = of standard input; None = the credential of the
            service, else it is asked for at the terminal.
        twice: Ask a second time, so that a mistyped one does not lock the backup for ever.

    Raises:
        FixConfig: There is none.

    Source: systemd.exec(5), `$CREDENTIALS_DIRECTORY`.
    """
    if file == "-":
        return _line(sys.stdin.buffer.readline(_LONGEST))
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    path = Path(file) if file else Path(folder, CREDENTIAL) if folder else None
    if path is not None and (file or path.exists()):
        try:
            with path.open("rb") as opened:
                return _line(opened.readline(_LONGEST))
        except OSError as error:
            raise FixConfig(
                f"The passphrase can't be read from {path}: {error.strerror}."
            ) from error
    if not sys.stdin.isatty():
        raise FixConfig("Give the backup's passphrase: --passphrase-file FILE, or - for the input.")
    said = getpass.getpass("Passphrase of the backup: ")
    if twice and getpass.getpass("The same again: ") != said:
        raise FixConfig("These were two different passphrases: nothing was done.")
    return said


def _line(raw: bytes) -> str:
    try:
        said = raw.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise FixConfig("The passphrase is no text.") from error
    if not said:
        raise FixConfig("The passphrase is empty.")
    return said

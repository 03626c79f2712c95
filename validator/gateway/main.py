"""The command `entrance-gateway`."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

from validator.errors import ValidatorError
from validator.gateway.commands import (
    authority,
    backup,
    cancel,
    check,
    demo,
    devices,
    doctor,
    events,
    held,
    imports,
    keys,
    outbox,
    restore,
    retention,
    serve,
    users,
    verify_journal,
)
from validator.gateway.commands.parser import Commands

_EXAMPLES = """\
examples:
  entrance-gateway serve                          run the gateway
  entrance-gateway devices code --gate main       let a scanner join
  entrance-gateway check --gate main < codes.txt  what would the gate say?
  entrance-gateway cancel 1043-2-K7QM             take a ticket back

Each command has more: entrance-gateway COMMAND --help"""


def parser() -> argparse.ArgumentParser:
    """Return the parser with all commands."""
    root = argparse.ArgumentParser(
        prog="entrance-gateway",
        description="Keeps every scanner of a venue current, and no ticket entering twice.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = Commands(root.add_subparsers(metavar="COMMAND", required=True))
    serve.add(commands)
    for command in (
        demo,
        check,
        keys,
        authority,
        events,
        devices,
        users,
        cancel,
        imports,
        held,
        outbox,
        backup,
        restore,
        retention,
        verify_journal,
        doctor,
    ):
        command.add(commands)
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: After the program's name; None = of this process.

    Returns:
        Exit code: 0 done, 1 not done (the reason is on standard error), 2 wrong arguments.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # what a terminal has no character for
    args = parser().parse_args(arguments)
    try:
        code: int = args.run(args)
        sys.stdout.flush()
    except ValidatorError as error:
        print(f"entrance-gateway: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader of our output has gone; Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())

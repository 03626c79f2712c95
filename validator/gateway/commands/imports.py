"""`import`: list the tickets that a reseller sold."""

from __future__ import annotations

import argparse
from pathlib import Path

from validator.boxoffice.imports.dialect import SEPARATOR_NAMES, Encoding
from validator.boxoffice.imports.mapping import OPTIONAL
from validator.gateway.commands.import_session import Wishes, run_import
from validator.gateway.commands.parser import Commands, config_of, need_data


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add(
        "import",
        "List the tickets of a reseller's CSV file, so that its guests are let in.",
        _run,
        [
            "entrance-gateway import fnac.csv --distributor FNAC --performance 7 --preview",
            "entrance-gateway import fnac.csv --distributor FNAC --performance 7 --tariff 1",
            "entrance-gateway import codes.txt --distributor Ticketino --performance 7"
            " --column barcode=8 --first 2",
        ],
        "How the file is written and which column holds the barcodes is found out; --preview\n"
        "shows it. Rows that can't be taken are named by their number, all others are listed in\n"
        "one transaction. The same file once more changes nothing.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="CSV, as the reseller gave it")
    parser.add_argument("--distributor", metavar="NAME", help="who sold it; a new name is taken")
    parser.add_argument("--performance", type=int, metavar="SCOPE", help="as `events` lists it")
    parser.add_argument("--tariff", type=int, metavar="NUMBER", help="of rows that name none")
    parser.add_argument("--zone", type=int, metavar="NUMBER", help="of rows that name none")
    parser.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="WHAT=COLUMN",
        help="which column, by number from 1 or by heading, is the barcode, "
        + ", ".join(OPTIONAL)
        + "; none = no column",
    )
    parser.add_argument("--first", type=int, metavar="N", help="rows to leave out at the top")
    parser.add_argument("--last", type=int, metavar="N", help="rows to leave out at the end")
    parser.add_argument("--separator", choices=sorted(SEPARATOR_NAMES.values()))
    parser.add_argument("--encoding", choices=[encoding.value for encoding in Encoding])
    parser.add_argument(
        "--digits", type=int, metavar="N", help="put lost zeros before codes with fewer digits"
    )
    parser.add_argument(
        "--withdrawn",
        action="append",
        metavar="WORD",
        help="what the status column says of a ticket that was taken back; it is cancelled",
    )
    parser.add_argument(
        "--cancel-missing",
        action="store_true",
        help="cancel the distributor's tickets that are not in the file any more",
    )
    parser.add_argument(
        "--cancel-at-most", type=int, metavar="N", help="so many cancellations are right"
    )
    parser.add_argument("--preview", action="store_true", help="show what would be done")
    parser.add_argument("--problems", type=Path, metavar="FILE", help="list all bad rows there")
    parser.add_argument("--json", action="store_true", help="one JSON object at the end")


def _run(args: argparse.Namespace) -> int:
    config = config_of(args)
    need_data(config)
    wishes = Wishes(
        distributor=args.distributor,
        performance=args.performance,
        tariff=args.tariff,
        zone=args.zone,
        columns=tuple(args.column),
        first=args.first,
        last=args.last,
        separator=args.separator,
        encoding=args.encoding,
        digits=args.digits,
        withdrawn=None if args.withdrawn is None else tuple(args.withdrawn),
        cancel_missing=args.cancel_missing,
        cancel_at_most=args.cancel_at_most,
        preview=args.preview,
        problems=args.problems,
        as_json=args.json,
    )
    run_import(config, args.file, wishes)
    return 0

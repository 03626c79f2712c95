"""`python -m bench [NAME…]`: measures, prints tables, writes bench.json and docs/performance.md."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench import (
    camera,
    cancellations,
    floods,
    imports,
    lane,
    lanes,
    latency,
    page,
    restore,
    screen,
    throughput,
    upload,
)
from bench.rows import Progress, Row, Unmeasured, table, write

ROOT = Path(__file__).resolve().parents[2]

GROUPS: dict[str, Callable[[bool, Progress], list[Row]]] = {
    "lane": lane.run,
    "throughput": throughput.run,
    "latency": latency.run,
    "lanes": lanes.run,
    "floods": floods.run,
    "cancellations": cancellations.run,
    "upload": upload.run,
    "restore": restore.run,
    "imports": imports.run,
    "camera": camera.run,
    "screen": screen.run,
}


def _progress(what: str) -> None:
    print(f"  {time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


def main() -> int:
    """Run what is named, or everything."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(GROUPS))
    parser.add_argument("--small", action="store_true", help="a try-out: its figures say nothing")
    args = parser.parse_args()
    unknown = set(args.names) - set(GROUPS)
    if unknown:
        parser.error(f"there is no bench {sorted(unknown)[0]!r}; there are: {', '.join(GROUPS)}")
    rows: list[Row] = []
    failed = False
    for name in args.names or GROUPS:
        try:
            found = GROUPS[name](args.small, _progress)
        except Unmeasured as error:
            failed = True
            print(f"\n{name}: not measured. {error}\n", file=sys.stderr)
            continue
        rows += found
        print(f"\n## {name}\n\n{table(found)}\n", flush=True)
    if not args.small:
        write(ROOT / "bench.json", rows)
        page.write(ROOT / "docs" / "performance.md", ROOT / "bench.json")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

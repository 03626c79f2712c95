"""A gateway whose machine shows another time than the true one."""

from __future__ import annotations

import argparse
import asyncio
import time
from pathlib import Path

from validator.clock import Clock
from validator.gateway.config import load
from validator.gateway.daemon import run
from validator.gateway.host.logs import set_up
from validator.machine_clock import machine_clock

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--ahead-s", type=int, required=True)
    asked = parser.parse_args()
    ahead_ns = asked.ahead_s * 1_000_000_000
    set_up()
    clock = Clock(lambda: time.time_ns() + ahead_ns, machine_clock().boot_ns)
    asyncio.run(run(load(asked.config), clock=clock))

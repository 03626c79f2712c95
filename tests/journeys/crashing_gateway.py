"""A gateway whose power fails when its first claim is on disk, before anybody hears of it."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from validator.gateway.config import Config, load
from validator.gateway.daemon import Daemon
from validator.gateway.ledger.committer import Committer
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.model import Verdict

T = TypeVar("T")


class DyingCommitter(Committer):
    """A gateway's own committer, as its routes see it.

    Args:
        living: It goes on working for the rest of the gateway, so its state is shared.
    """

    def __init__(self, living: Committer) -> None:
        self.__dict__ = living.__dict__

    async def quick(self, job: Callable[[UnitOfWork], T], of: str = "") -> T:
        """Commit a job; a claim that was granted is never answered."""
        answer = await super().quick(job, of)
        if isinstance(answer, Verdict) and answer.passes:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer


async def serve(config: Config) -> None:
    """Serve until the first claim is granted."""
    daemon = Daemon(config)
    services = daemon.gateway.services
    daemon.gateway.services = replace(services, committer=DyingCommitter(services.committer))
    await daemon.start()
    await daemon.failed()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path, required=True)
    asyncio.run(serve(load(parser.parse_args().config)))

"""Starts the guest under QEMU, without hardware help, and reads what it says."""

from __future__ import annotations

import asyncio
import faulthandler
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from journeys.venue.waiting import ROOT

IMAGE = ROOT / "build" / "guest"
"""Kernel, first root and disk, made by build_guest.sh; kept between runs."""

LONGEST_S = 1500.0
BUILDERS = ("qemu-system-x86_64", "debootstrap", "cpio", "busybox")


def missing() -> list[str]:
    """Return the programs that this machine lacks for it."""
    return [name for name in BUILDERS if not shutil.which(name)]


async def built() -> Path:
    """Return the folder of the guest, building it if need be (minutes, once).

    Raises:
        RuntimeError: It could not be built.
    """
    made, script = IMAGE / "disk.img", ROOT / "tests/virtual_machines/build_guest.sh"
    if not made.exists() or made.stat().st_mtime < script.stat().st_mtime:
        process = await asyncio.create_subprocess_exec(
            *("bash", str(script), str(IMAGE)),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, errors = await process.communicate()
        if process.returncode:
            raise RuntimeError(f"The guest can't be built: {errors.decode()[-500:]}")
    return IMAGE


async def run(plan: dict[str, Any]) -> dict[str, tuple[bool, str]]:
    """Start the guest, let it take its steps, and return each step's outcome and words.

    Args:
        plan: What the guest reads as /plan/plan.json.
    """
    image = await built()
    # The suite's patience with a test that hangs is too short for a machine.
    faulthandler.dump_traceback_later(LONGEST_S + 60, exit=True, file=2)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "plan.json").write_text(json.dumps(plan))
        process = await asyncio.create_subprocess_exec(
            *_command(image, Path(folder)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            return await asyncio.wait_for(_results(process), LONGEST_S)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def _results(process: asyncio.subprocess.Process) -> dict[str, tuple[bool, str]]:
    results: dict[str, tuple[bool, str]] = {}
    assert process.stdout is not None
    async for raw in process.stdout:
        line = raw.decode(errors="replace").rstrip()
        print(line)
        if "RESULT " in line:
            name, outcome, said = line.partition("RESULT ")[2].split(" ", 2)
            results[name] = outcome == "ok", said
    return results


def _command(image: Path, plan: Path) -> list[str]:
    kernel = (
        "console=ttyS1 quiet panic=-1 tsc=reliable mitigations=off random.trust_cpu=on "
        "systemd.show_status=0 root=/dev/vda rw"
    )
    shared = "local,security_model=none,readonly=on,multidevs=remap"
    return [
        *("qemu-system-x86_64", "-accel", "tcg,thread=multi", "-machine", "q35", "-cpu", "max"),
        *("-m", "1500", "-smp", "2", "-nographic", "-nodefaults"),
        # The first line is the test's own, the second the system's console.
        *("-serial", "stdio", "-serial", f"file:{image / 'console.log'}"),
        *("-no-reboot", "-kernel", str(image / "vmlinuz"), "-initrd", str(image / "initrd.gz")),
        *("-append", kernel, "-device", "qemu-xhci", "-device", "virtio-rng-pci"),
        *("-drive", f"file={image / 'disk.img'},if=virtio,format=raw,snapshot=on,cache=unsafe"),
        *("-virtfs", f"{shared},path={ROOT},mount_tag=repo"),
        *("-virtfs", f"{shared},path={plan},mount_tag=plan"),
        *("-nic", "user,model=virtio-net-pci,restrict=off"),
    ]

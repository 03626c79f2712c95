"""Steps inside the guest: scanners of every kind, well and badly treated."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import signal
import threading
import time
from pathlib import Path

from virtual_machines.gadget import PRODUCT, KeyboardScanner, PosScanner, SerialGadget, wait
from virtual_machines.guest_lane import PLAN, STATE, Lane, Line, Ticket, admits, held, lost, tickets

EVIOCGRAB = 0x40044590
"""Takes an input device for oneself alone. Source: Linux `input.h`."""

TRIES = 5
"""How often a code is typed again that the kernel lost."""


def keyboard() -> str:
    """A scanner is plugged in while the lane runs; every code comes out exact, also in a burst."""
    scanner = KeyboardScanner()
    lane = Lane(f"hid:{PRODUCT}")
    missing = lane.next("fault")["what"]
    assert "not plugged in" in missing, missing
    lane.next("up")
    plugged(scanner)
    one(lane, scanner, tickets(1)[0])
    said = burst(lane, scanner, tickets(PLAN["burst"]))
    scanner.pull()
    missing = lane.next("fault")["what"]
    assert "not plugged in" in missing, missing
    plugged(scanner)
    scanner.type(PLAN["cancelled"])
    seen = lane.next("scan")
    assert (seen["decision"], seen["reason"]) == ("refuse", "cancelled"), seen
    assert lane.end() == 0
    scanner.pull()
    return f"{said}; pulled and plugged in again; held, so that a second reader gets EBUSY"


def burst(lane: Lane, scanner: KeyboardScanner, wanted: list[Ticket]) -> str:
    """Type codes without a pause: each gives its verdict, or is told lost, in its place."""
    started, retyped, glitches, again = time.monotonic(), 0, 0, wanted
    for _ in range(TRIES):
        typing, again = again, []
        before = glitches
        for ticket in typing:
            glitches += typed_through(scanner, ticket)
        for ticket in typing:
            line = lane.shown()
            while before < glitches and of_a_glitch(line):
                line = lane.shown()
            if lost(line):
                again.append(ticket)
            else:
                assert admits(line, ticket), (line, ticket["number"])
        retyped += len(again)
        if not again:
            break
    assert not again, f"{len(again)} codes were lost {TRIES} times"
    took_s = time.monotonic() - started
    return (
        f"{len(wanted)} codes typed in {took_s:.1f} s, every verdict exact and in order; "
        f"{retyped} told lost and typed again, {glitches} glitches of the cable"
    )


def typed_through(scanner: KeyboardScanner, ticket: Ticket) -> int:
    """Type a code; when the emulated device is reset meanwhile, plug it in again."""
    for glitches in range(TRIES):
        try:
            scanner.type(ticket["text"])
            return glitches
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ESHUTDOWN, errno.ENODEV):
                raise
            scanner.pull()
            plugged(scanner)
    raise TimeoutError("the cable has a glitch each time")


def of_a_glitch(line: Line) -> bool:
    """Tell whether a line is about a cable that was out: no scanner, or half a code."""
    if line["event"] == "fault":
        return "not plugged in" in line["what"]
    return line["reason"] in ("malformed", "unknown")


def two() -> str:
    """Two scanners of one kind on one lane, typing at the same time."""
    scanners = [KeyboardScanner(0), KeyboardScanner(1)]
    for scanner in scanners:
        scanner.plug()
    lane = Lane(f"hid:{PRODUCT}")
    for scanner in scanners:
        wait(lambda scanner=scanner: held(scanner))  # type: ignore[misc]
    left = dict(zip((0, 1), tickets(2), strict=True))
    rounds = 0
    while left:
        rounds += 1
        assert rounds <= TRIES, "keys were lost each time"
        hands = [
            threading.Thread(target=scanners[at].type, args=(ticket["text"],))
            for at, ticket in left.items()
        ]
        for hand in hands:
            hand.start()
        for hand in hands:
            hand.join()
        for line in [lane.shown() for _ in hands]:
            if not lost(line):
                (at,) = (at for at, ticket in left.items() if admits(line, ticket))
                del left[at]
    lane.next("up")
    scanners[0].pull()
    one(lane, scanners[1], tickets(1)[0])
    assert lane.end() == 0
    scanners[1].pull()
    return "both exact though their keys came at once; one pulled, the other goes on"


def caps_lock() -> str:
    """A scanner that follows Caps Lock."""
    with_one = KeyboardScanner()
    lane = started(with_one)
    one(lane, with_one, tickets(1)[0], caps_lock=True)
    one(lane, with_one, tickets(1)[0])
    return ended(lane, with_one, "exact with Caps Lock, and after it")


def layout() -> str:
    """A scanner set to a French keyboard: read, and named."""
    scanner = KeyboardScanner()
    lane = started(scanner)
    one(lane, scanner, tickets(1)[0], layout="fr")
    advice = lane.next("advice")["line"]
    assert "French" in advice and "US" in advice, advice
    return ended(lane, scanner, advice)


def dropped() -> str:
    """The computer is too busy to read: told as lost, and the next code is exact."""
    scanner = KeyboardScanner()
    lane = started(scanner)
    tasks = Path(f"/proc/{lane.process.pid}/task").glob("*/children")
    pumps = [int(child) for task in tasks for child in task.read_text().split()]
    assert pumps, "nobody reads the keys"
    first, second = tickets(2)
    for pump in pumps:
        os.kill(pump, signal.SIGSTOP)
    scanner.type(first["text"])
    for pump in pumps:
        os.kill(pump, signal.SIGCONT)
    line = lane.shown()
    assert lost(line), line
    one(lane, scanner, second)
    one(lane, scanner, first)
    return ended(lane, scanner, f"{line['what']} The next code is exact.")


def refused() -> str:
    """A scanner that somebody else holds, and one that this user may not read."""
    scanner = KeyboardScanner()
    scanner.plug()
    said = []
    for user in ("root", "nobody"):
        state = f"/var/lib/{user}"
        shutil.copytree(STATE, state)
        for path in (Path(state), *Path(state).iterdir()):
            shutil.chown(path, user)
        with open(scanner.node(), "rb") as other:
            if user == "root":
                fcntl.ioctl(other, EVIOCGRAB, 1)
            lane = Lane(f"hid:{scanner.serial}", "--sound", "off", state=state, user=user)
            said.append(lane.next("fault")["what"])
            assert lane.end() == 0
    scanner.pull()
    assert "another program holds it" in said[0] and "group input" in said[1], said
    return " / ".join(said)


def pos() -> str:
    """A scanner in HID-POS mode, through hidraw."""
    scanner = PosScanner(2)
    scanner.plug()
    lane = Lane(f"hid:{scanner.node()}", "--sound", "off")
    lane.next("up")
    (ticket,) = tickets(1)
    scanner.send(ticket["text"])
    line = lane.next("scan")
    assert admits(line, ticket), line
    scanner.pull()
    assert "not plugged in" in lane.next("fault")["what"]
    assert lane.end() == 0
    return "a code in three reports is one verdict; pulled, it is told"


def serial() -> str:
    """A scanner and a board of lamps, each on a serial port."""
    scanner, board = SerialGadget(2), SerialGadget(3)
    scanner.plug()
    board.plug()
    lamps = f"serial:{board.node()}"
    lane = Lane(f"serial:{scanner.node()}", "--sound", "off", "--lamps", lamps)
    lane.next("up")
    (ticket,) = tickets(1)
    wait(lambda: opened(lane, scanner.node()))
    scanner.send(ticket["text"].encode() + b"\r")
    line = lane.next("scan")
    assert admits(line, ticket), line
    sent = board.received()
    while b"\xa0\x01\x01\xa2" not in sent:
        sent += board.received()
    board.pull()
    scanner.send(PLAN["cancelled"].encode() + b"\r")
    line = lane.next("scan")
    assert line["reason"] == "cancelled", line
    advice = lane.next("advice")["line"]
    assert advice.startswith("Lamps: ") and "Plug it in" in advice, advice
    scanner.pull()
    assert "not plugged in" in lane.next("fault")["what"]
    assert lane.end() == 0
    return f"verdict and green lamp over USB-serial; lamps pulled: {advice}"


def opened(lane: Lane, node: str) -> bool:
    """Tell whether the lane has a file open; what came to a port before is nobody's."""
    files = Path(f"/proc/{lane.process.pid}/fd").iterdir()
    return os.path.realpath(node) in [os.path.realpath(file) for file in files]


def plugged(scanner: KeyboardScanner) -> None:
    """Plug a scanner in and wait until the lane holds it."""
    scanner.plug()
    wait(lambda: held(scanner))


def started(scanner: KeyboardScanner) -> Lane:
    """Start a lane that holds the scanner and is connected."""
    scanner.plug()
    lane = Lane(f"hid:{PRODUCT}", "--sound", "off")
    wait(lambda: held(scanner))
    lane.next("up")
    return lane


def ended(lane: Lane, scanner: KeyboardScanner, said: str) -> str:
    """Stop the lane and pull the scanner."""
    assert lane.end() == 0
    scanner.pull()
    return said


def one(
    lane: Lane,
    scanner: KeyboardScanner,
    ticket: Ticket,
    layout: str = "us",
    caps_lock: bool = False,
) -> None:
    """Type a code until the kernel loses none of its keys, and see it let in."""
    for _ in range(TRIES):
        scanner.type(ticket["text"], layout, caps_lock)
        line = lane.shown()
        if not lost(line):
            assert admits(line, ticket), (line, ticket["number"])
            return
    raise TimeoutError(f"keys were lost {TRIES} times")

"""Runs inside the spawned Debian: installs the units, does to them what evenings do, and tells."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import traceback
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from virtual_machines.guests import Guests

REPO = Path("/repo")
PLAIN = "http://127.0.0.1:8080"
DATA = Path("/var/lib/entrance-gateway")
GATEWAY, LANE = "entrance-gateway.service", "entrance-lane@a.service"
METRICS_TOKEN = "5e" * 32
PASSPHRASE = "a passphrase of the venue"
LONGEST_S = 30.0

PROGRAM = """#!/usr/bin/python3
import sys
sys.path[:0] = ["/repo", "/packages"]
from {module} import main
sys.exit(main())
"""

QUICK_WATCHDOG = "[Service]\nWatchdogSec=3\nTimeoutAbortSec=1\n"


def sh(*words: str) -> str:
    """Run a command; return what it says."""
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()


def ask(path: str, body: object = None, token: str = "") -> Any:
    """Ask the gateway; return JSON, or text that is none."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(PLAIN + path, data, headers)
    with urllib.request.urlopen(request, timeout=LONGEST_S) as answer:
        text = answer.read().decode()
    return json.loads(text) if answer.headers.get_content_type() == "application/json" else text


def until(done: Callable[[], Any]) -> Any:
    """Ask again and again until it is so; return it."""
    end = time.monotonic() + LONGEST_S
    while time.monotonic() < end:
        try:
            found = done()
        except (OSError, ValueError):
            found = None
        if found:
            return found
        time.sleep(0.05)
    raise TimeoutError("it never became so")


def unit(name: str, what: str) -> str:
    """Return a property of a unit."""
    return sh("systemctl", "show", "-P", what, name)


def install() -> str:
    """Put everything where docs/operation.md says; sell an evening."""
    sh("ip", "link", "set", "lo", "up")
    programs = {"entrance-gateway": "validator.gateway.main", "entrance-scanner": "scanner.main"}
    bin = Path("/opt/entrance-control/bin")
    bin.mkdir(parents=True)
    for name, module in programs.items():
        (bin / name).write_text(PROGRAM.format(module=module))
        (bin / name).chmod(0o755)
    units = Path("/etc/systemd/system")
    for file in (REPO / "systemd").iterdir():
        if file.suffix in {".service", ".socket", ".timer"}:
            (units / file.name).write_text(file.read_text())
    (units / f"{GATEWAY}.d").mkdir()
    (units / f"{GATEWAY}.d" / "quick.conf").write_text(QUICK_WATCHDOG)
    etc, store = Path("/etc/entrance-control"), Path("/etc/credstore")
    (etc / "lanes").mkdir(parents=True)
    store.mkdir(mode=0o700, exist_ok=True)
    (etc / "gateway.toml").write_text((REPO / "systemd/gateway.toml").read_text())
    for name, secret in (("metrics.token", METRICS_TOKEN), ("backup.passphrase", PASSPHRASE)):
        (store / name).write_text(secret)
        (store / name).chmod(0o600)
    from validator.boxoffice import BoxOffice, sell_sample_evening
    from validator.machine_clock import machine_clock

    clock = machine_clock()
    office = BoxOffice.open(DATA, clock, os.urandom)
    evening = sell_sample_evening(office, clock.now())
    for number in evening.full[:3]:
        CODES.append(office.tickets.get(number).codes[-1].text)
    office.close()
    sh("systemd-sysusers", str(REPO / "systemd/entrance-control.sysusers"))
    sh("systemctl", "daemon-reload")
    return sh("systemd-analyze", "verify", f"/etc/systemd/system/{GATEWAY}") or "verified"


CODES: list[str] = []


def started_by_the_first_client() -> str:
    """The socket alone is started."""
    before = sh("systemctl", "start", "entrance-gateway.socket") + unit(GATEWAY, "ActiveState")
    assert before == "inactive", before
    assert ask("/healthz") == {"ok": True}
    until(lambda: ask("/readyz")["ready"])
    assert unit(GATEWAY, "SubState") == "running"
    return unit(GATEWAY, "StatusText") or "running"


def its_own_user_with_real_data() -> str:
    """What root sold belongs to the gateway's user now, who is nobody else."""
    uid = Path(f"/proc/{unit(GATEWAY, 'MainPID')}").stat().st_uid
    assert 61184 <= uid <= 65519, uid
    assert all(file.stat().st_uid == uid for file in DATA.iterdir())
    assert (DATA / "boxoffice.sqlite").exists()
    return f"uid {uid}"


def admin() -> str:
    """Return the token of this machine."""
    return (DATA / "admin.token").read_text().strip()


def entered(code: str) -> str:
    """Check a code in; return the reason."""
    gate = ask("/api/v1/counts")["gates"][0]["id"]
    verdict = ask("/api/v1/check-ins", {"code": code, "gate": gate}, admin())
    return str(verdict["reason"])


def a_ticket_enters() -> str:
    """A check-in is on disk."""
    reason = entered(CODES[0])
    assert reason == "ok", reason
    return reason


def killed_without_a_refused_client() -> str:
    """kill -9, while guests come to both listeners."""
    before = unit(GATEWAY, "MainPID")
    with Guests(PLAIN) as guests:
        until(lambda: guests.met["answered"] > 20)
        os.kill(int(before), signal.SIGKILL)
        started = time.monotonic()
        until(lambda: unit(GATEWAY, "MainPID") not in ("0", before))
        ask("/healthz")
        took = time.monotonic() - started
        seen = guests.met["answered"]
        until(lambda: guests.met["answered"] > seen + 20)
    assert not guests.met["refused"], guests.met
    until(lambda: ask("/readyz")["ready"])
    reason = entered(CODES[0])
    assert reason in ("already_used", "repeat"), reason
    return f"next answer after {took:.1f} s; {dict(guests.met)}"


def stopped_dead_and_started_by_the_watchdog() -> str:
    """SIGSTOP: the process is there and does nothing."""
    before = unit(GATEWAY, "MainPID")
    started = time.monotonic()
    os.kill(int(before), signal.SIGSTOP)
    assert ask("/healthz") == {"ok": True}
    took = time.monotonic() - started
    assert unit(GATEWAY, "MainPID") != before
    assert "atchdog" in sh("journalctl", "-u", GATEWAY, "-o", "cat")
    return f"answers again after {took:.1f} s with WatchdogSec=3"


def stopped_in_use_it_finishes() -> str:
    """SIGTERM, while guests come: nobody is refused, and it ends well."""
    with Guests(PLAIN) as guests:
        until(lambda: guests.met["answered"] > 20)
        sh("systemctl", "restart", GATEWAY)
        until(lambda: ask("/readyz")["ready"])
    assert not guests.met["refused"], guests.met
    assert "event=gateway_stopped" in sh("journalctl", "-u", GATEWAY, "-o", "cat")
    return str(dict(guests.met))


def the_secret_is_a_credential() -> str:
    """The metrics' token is the one in /etc/credstore."""
    text = ask("/metrics", token=METRICS_TOKEN)
    assert "entrance_lanes_connected" in text
    return f"{len(text)} bytes of figures"


def a_lane_runs() -> str:
    """Enrolled by root, run as its own user."""
    code = ask("/api/v1/devices/codes", {"gate": ""}, admin())["code"]
    program = "/opt/entrance-control/bin/entrance-scanner"
    state = "/var/lib/entrance-lane/a"
    said = sh(program, "enrol", code, "--gateway", "127.0.0.1:8443", "--state", state)
    Path("/etc/entrance-control/lanes/a.conf").write_text("SOURCE=images:/plan\n")
    sh("systemctl", "start", LANE)
    until(lambda: ask("/api/v1/counts")["lanes"]["connected"] == 1)
    sh("systemctl", "stop", LANE)
    assert unit(LANE, "Result") == "success", unit(LANE, "Result")
    return said.splitlines()[0] if said else "enrolled"


def a_lanes_disk_is_sealed() -> str:
    """The machine gets a key: what the lane wrote before is sealed with it, and it goes on."""
    kept = Path("/etc/credstore.encrypted/entrance-scanner.key")
    kept.parent.mkdir(mode=0o700, exist_ok=True)
    seal = ["systemd-creds", "encrypt", "--with-key=host", "--name=entrance-scanner.key", "-"]
    subprocess.run([*seal, str(kept)], input=os.urandom(32), check=True)
    state = Path("/var/lib/entrance-lane/a")
    assert (state / "cache.sqlite").read_bytes().startswith(b"SQLite format 3")
    sh("systemctl", "start", LANE)
    until(lambda: ask("/api/v1/counts")["lanes"]["connected"] == 1)
    sh("systemctl", "stop", LANE)
    assert unit(LANE, "Result") == "success", unit(LANE, "Result")
    assert b"SQLite" not in (state / "cache.sqlite").read_bytes()
    assert "token" not in (state / "identity.json").read_text()
    program = "/opt/entrance-control/bin/entrance-scanner"
    refused = subprocess.run([program, "status", "--state", state], capture_output=True, text=True)
    assert "does not give the key" in refused.stderr, refused
    opened = Path("/run/opened")
    opened.mkdir(mode=0o700)
    sh("systemd-creds", "decrypt", str(kept), str(opened / kept.name))
    said = sh("env", f"CREDENTIALS_DIRECTORY={opened}", program, "status", "--state", str(state))
    assert "chain whole" in said, said
    return said.splitlines()[0]


def a_backup_is_made() -> str:
    """By the timer's service, beside the running gateway, sealed by the credential."""
    sh("systemctl", "start", "entrance-backup.service")
    assert unit("entrance-backup.service", "Result") == "success"
    (made,) = Path("/var/lib/entrance-backups").iterdir()
    assert unit(GATEWAY, "ActiveState") == "active"
    return f"{made.stat().st_size} bytes"


STEPS = (
    install,
    started_by_the_first_client,
    its_own_user_with_real_data,
    a_ticket_enters,
    killed_without_a_refused_client,
    stopped_dead_and_started_by_the_watchdog,
    stopped_in_use_it_finishes,
    the_secret_is_a_credential,
    a_lane_runs,
    a_lanes_disk_is_sealed,
    a_backup_is_made,
)


def main() -> None:
    """Take the steps until one fails; each needs those before it."""
    for step in STEPS:
        try:
            print("RESULT", step.__name__, "ok", step().replace("\n", " "))
        except Exception as error:
            print("RESULT", step.__name__, "failed", repr(error))
            print(traceback.format_exc())
            print(sh("journalctl", "-n", "30", "-o", "short-monotonic", "--no-pager"))
            break


if __name__ == "__main__":
    main()

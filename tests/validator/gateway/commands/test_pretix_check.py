import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from validator.clock import Instant, iso
from validator.feed import Epoch
from validator.gateway.host.data_folder import STORE, open_secrets
from validator.gateway.ledger.catalogue_cache import CatalogueCache
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.gateway.ledger.upstream_changes import apply
from validator.gateway.store.sqlite import SqliteStore
from validator.keys import KeyRing
from validator.model import (
    Catalogue,
    CodeId,
    Entry,
    Gate,
    Listing,
    Opaque,
    Performance,
    Revocation,
    RevocationKind,
    Source,
    SourceKey,
    Tariff,
    Ticket,
    TicketId,
)
from validator.ports import Changes
from validator.token import read

ROOT = Path(__file__).parents[4]
VECTORS = json.loads((ROOT / "tests" / "vectors" / "pretix_sig1.json").read_text())
NOW = Instant(1_795_400_000_000)
FEST, SERIES = 9001, 9002
SCOPES = {"fest": FEST, "series": SERIES}

STATES = {
    "valid": ("admit", {"ok"}),
    "not yet valid": ("refuse", {"too_early"}),
    "expired": ("refuse", {"too_late"}),
    "revoked": ("refuse", {"cancelled"}),
    "blocked": ("refuse", {"blocked"}),
    "invalid": ("refuse", {"malformed", "bad_signature", "unknown", "wrong_event"}),
}
"""What `check` answers for each state of the vectors."""

REVOKED = {"revoked": RevocationKind.CANCELLED, "blocked": RevocationKind.BLOCKED}


def catalogue() -> tuple[Entry, ...]:
    hour = 3_600_000
    shows = [
        Performance(
            scope, event, event, Instant(NOW - hour), Instant(NOW + hour), Instant(NOW + 5 * hour)
        )
        for event, scope in SCOPES.items()
    ]
    keys = [
        SourceKey(f"pretix/{event}", bytes.fromhex(VECTORS["keys"][event]["raw_hex"]), "pretix")
        for event in SCOPES
    ]
    gates = [Gate(event, event, (scope,)) for event, scope in SCOPES.items()]
    tariff = Tariff(1, {"en": "Full"})
    return (*shows, *keys, *gates, tariff, Source("pretix", "pretix"))


def row(vector: dict[str, Any], ring: KeyRing) -> Listing:
    """Return what the vector's order position is listed as."""
    reading = read(vector["token"], ring)
    assert isinstance(reading, Opaque)
    fields = vector["fields"]
    start, end = (
        Instant(fields[name] * 1000) if fields[name] else None
        for name in ("valid_from", "valid_until")
    )
    id = TicketId(f"pretix:{fields['seed']}")
    return Listing(
        reading.code,
        Ticket(id, SCOPES[vector["event"]], 1, "pretix", valid_from=start, valid_until=end),
    )


def told(data: Path) -> None:
    """Fill a gateway's data folder with what a pretix would have said of the vectors."""
    secrets = open_secrets(data, os.urandom)
    entries = catalogue()
    ring = KeyRing.of(Catalogue.of(entries), secrets.code_key)
    rows = [row(vector, ring) for vector in VECTORS["vectors"]]
    revocations: list[Revocation] = []
    for vector, listing in zip(VECTORS["vectors"], rows, strict=True):
        if vector["state"] in REVOKED:
            assert isinstance(listing.key, bytes)
            revocations.append(
                Revocation(CodeId(listing.key), REVOKED[vector["state"]], Instant(0))
            )
    store = SqliteStore(data / STORE)
    with store.transaction() as session:
        session.streams.enter(Epoch(1, 1))
        work = UnitOfWork(session, CatalogueCache(secrets.code_key, frozenset), secrets.feed, NOW)
        changes = Changes(
            "1", NOW, entries=entries, listings=tuple(rows), revocations=tuple(revocations)
        )
        apply(work, "pretix", changes, last=True)
    store.close()


def check(data: Path, gate: str, codes: list[str]) -> list[dict[str, Any]]:
    command = ("check", "--gate", gate, "--at", iso(NOW), "--json", "--data", str(data))
    done = subprocess.run(
        [sys.executable, "-m", "validator.gateway.main", *command],
        input="\n".join(codes) + "\n",
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_check_gives_the_state_of_every_vector(tmp_path: Path) -> None:
    told(tmp_path)
    for event in SCOPES:
        vectors = [
            vector
            for vector in (*VECTORS["vectors"], *VECTORS["forged"])
            if vector["event"] == event
        ]
        verdicts = check(tmp_path, event, [vector["token"] for vector in vectors])
        assert len(verdicts) == len(vectors)
        for vector, verdict in zip(vectors, verdicts, strict=True):
            decision, reasons = STATES[vector["state"]]
            assert verdict["decision"] == decision, vector["what"]
            assert verdict["reason"] in reasons, vector["what"]


def test_a_revoked_code_with_a_stray_character_does_not_pass(tmp_path: Path) -> None:
    """Faults 3 and 5 of the peers: lenient base64; a malformed token taken for an outage."""
    told(tmp_path)
    revoked = next(each["token"] for each in VECTORS["vectors"] if each["state"] == "revoked")
    others = [revoked[:50] + stray + revoked[50:] for stray in " -!="] + [revoked.lstrip("=")]
    for verdict in check(tmp_path, "fest", others):
        assert (verdict["decision"], verdict["reason"]) == ("refuse", "malformed")

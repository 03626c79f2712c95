"""How a device with a screen is, for the page that says so."""

from __future__ import annotations

from offline_cache.cache import Cache
from offline_cache.errors import CacheError
from offline_cache.identity.identity import Identity
from offline_cache.sync.link import Link
from scanner.face.face import Face
from scanner.texts import texts
from scanner.wording.presenter import span


def facts(face: Face, identity: Identity, cache: Cache, link: Link) -> list[tuple[str, str]]:
    """Return what the page says, names and values.

    Args:
        face: Says it in its language.
        identity: Of the device.
        cache: What it knows and owes.
        link: To its gateway.
    """
    equipment, say = face.equipment, face.say
    told = [
        (say("device"), identity.device),
        (say("address"), f"{identity.gateway} · {face.freshness.text(face.language)}"),
        (say("data"), _ages(face, cache)),
        (say("owed"), _owed(face, cache)),
        (say("clock"), f"{link.offset_ms / 1000:+.1f} s" if link.offset_ms else say("unknown")),
        (say("sound"), say("works" if equipment.speaker else "missing")),
    ]
    percent = equipment.battery.percent() if equipment.battery else None
    if percent is not None:
        told.append((say("battery"), f"{percent} %"))
    return told


def _ages(face: Face, cache: Cache) -> str:
    said, ages = texts(face.language), cache.knowledge.ages.seconds()
    lines = []
    for source in cache.catalogue.sources.values():
        age = ages.get(source.id)
        heard = said.face["never"] if age is None else span(said, age)
        lines.append(f"{source.name[:40]}: {heard}")
    return " · ".join(lines) or said.face["unknown"]


def _owed(face: Face, cache: Cache) -> str:
    try:
        return str(cache.backlog())
    except CacheError:
        return face.say("unknown")

"""The files of the dashboard and of the counter's page."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import PurePath

from aiohttp import web

from validator.gateway.services import Answer, Handler

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Nothing from elsewhere, nothing inline. Source: W3C Content Security Policy level 3."""

_WEB = resources.files("validator.gateway") / "web"

_KINDS = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".woff2": "font/woff2",
}

_WEEK_S = 7 * 24 * 3600


def _files(folder: Traversable, path: str) -> Iterator[tuple[str, str]]:
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.is_dir():
            yield from _files(item, f"{path}{item.name}/")
        else:
            yield f"{path}{item.name}", _KINDS[PurePath(item.name).suffix]


_FONTS = tuple(_files(_WEB / "fonts", "fonts/"))
"""Both pages have them: they look the same whatever typefaces a machine has."""

PAGES = {
    "/": ("index.html", "text/html"),
    "/board.css": ("board.css", "text/css"),
    "/board.js": ("board.js", "text/javascript"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
    **{f"/{name}": (name, kind) for name, kind in _FONTS},
}
"""File and type of each path of the dashboard."""

COUNTER_PAGES = {
    f"/{name.removesuffix('index.html')}": (name, kind)
    for name, kind in _files(_WEB / "counter", "counter/")
} | {f"/counter/{name}": (name, kind) for name, kind in _FONTS}
"""File and type of each path of the counter's page."""


def page(path: str) -> Handler:
    """Return the handler of one file, which is read once."""
    name, kind = (PAGES | COUNTER_PAGES)[path]
    body = (_WEB / name).read_bytes()
    is_font = kind.startswith("font/")
    # Letters hardly ever change; everything else has to be of one version.
    kept = f"max-age={_WEEK_S}" if is_font else "no-cache"

    async def answer(_: web.Request) -> Answer:
        return web.Response(
            body=body,
            content_type=kind,
            charset=None if is_font else "utf-8",
            headers={"Content-Security-Policy": POLICY, "Cache-Control": kept},
        )

    return answer

"""The dashboard's files."""

from __future__ import annotations

from importlib import resources

from aiohttp import web

from validator.gateway.parts import Answer, Handler

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Nothing from elsewhere, nothing inline. Source: W3C Content Security Policy level 3."""

PAGES = {
    "/": ("index.html", "text/html"),
    "/board.css": ("board.css", "text/css"),
    "/board.js": ("board.js", "text/javascript"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
"""File and type of each path."""


def page(path: str) -> Handler:
    """Return the handler of one file, which is read once."""
    name, kind = PAGES[path]
    body = (resources.files("validator.gateway") / "web" / name).read_bytes()

    async def answer(_: web.Request) -> Answer:
        return web.Response(
            body=body,
            content_type=kind,
            charset="utf-8",
            headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"},
        )

    return answer

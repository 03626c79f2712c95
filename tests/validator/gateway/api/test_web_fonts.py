"""The pages bring their letters along: what they say never waits for a machine's typefaces."""

from __future__ import annotations

import pytest

from doubles.gateway.live import LiveGateway
from generators.fonts import LETTERS, PAPER, TYPEFACE, WEB, WEIGHTS, letters
from scanner.texts import LANGUAGES

PAGES = WEB.parent
WRITTEN = frozenset("0123456789.,:-'’/ \u00a0\u202f")
"""What browsers write amounts, dates and hours with. Source: Unicode CLDR, fr, de, en, es, it."""


def said() -> dict[str, str]:
    """Return what every file of the pages may show, by path."""
    kinds = ("*.html", "*.js", "*.json", "*.css")
    return {
        str(path.relative_to(PAGES)): path.read_text(encoding="utf-8")
        for kind in kinds
        for path in PAGES.rglob(kind)
    }


@pytest.mark.parametrize("weight", WEIGHTS)
def test_every_letter_that_the_pages_say_is_shipped(weight: str) -> None:
    shipped = {chr(point) for point in letters(WEB / f"NotoSans-{weight}.woff2")}
    texts = said()
    assert {f"counter/texts/counter.{language}.json" for language in LANGUAGES} <= set(texts)
    lacking = {
        path: missing for path, text in texts.items() if (missing := set(text) - shipped - {"\n"})
    }
    assert not lacking
    assert not WRITTEN - shipped


@pytest.mark.parametrize("weight", WEIGHTS)
def test_the_shipped_letters_are_those_that_are_cut_out_of_the_screens_typeface(
    weight: str,
) -> None:
    wanted = LETTERS & letters(TYPEFACE / f"NotoSans-{weight}.ttf")
    assert letters(WEB / f"NotoSans-{weight}.woff2") == wanted
    assert letters(PAPER / f"NotoSans-{weight}.ttf") == wanted


def test_the_licence_goes_with_the_letters() -> None:
    for folder in (WEB, PAPER):
        assert (folder / "OFL.txt").read_bytes() == (TYPEFACE / "OFL.txt").read_bytes()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("path", ["/", "/counter/"])
async def test_browsers_keep_the_letters_and_ask_for_the_page_again(
    live: LiveGateway, path: str
) -> None:
    kept = {}
    for name in ("", *(f"fonts/NotoSans-{weight}.woff2" for weight in WEIGHTS)):
        async with live.http.get(live.url(path + name)) as answer:
            assert answer.status == 200
            assert "font-src 'self'" in answer.headers["Content-Security-Policy"]
            kept[name] = answer.headers["Cache-Control"]
    assert kept.pop("") == "no-cache"
    assert set(kept.values()) == {"max-age=604800"}

import re
from html.parser import HTMLParser
from importlib import resources

import pytest

from doubles.gateway.live import LiveGateway
from doubles.screen.web_colours import colours, contrast
from validator.gateway.api.pages import PAGES, POLICY
from validator.model import Decision, Reason

WEB = resources.files("validator.gateway") / "web"
HTML = (WEB / "index.html").read_text()
CSS = (WEB / "board.css").read_text()
JS = (WEB / "board.js").read_text()

VERDICTS = {"admit": "#fff", "check": "#fff", "used": "#000", "refuse": "#fff", "repeat": "#fff"}


class Page(HTMLParser):
    """Collects what a page loads and what stands in it."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.inline: list[str] = []
        self.ids: list[str] = []
        self._open = ""
        self.feed(HTML)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self._open = tag
        self.loads += [named[key] for key in ("src", "href") if key in named and tag != "use"]
        self.inline += [name for name in named if name == "style" or name.startswith("on")]
        self.ids += [named["id"]] if "id" in named else []

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open in ("script", "style") and data.strip():
            self.inline.append(self._open)


@pytest.mark.asyncio(loop_scope="module")
async def test_every_file_of_the_page_is_served_under_the_strict_policy(live: LiveGateway) -> None:
    for path, (_, kind) in PAGES.items():
        async with live.http.get(live.url(path)) as answer:
            assert (answer.status, answer.content_type) == (200, kind)
            assert answer.headers["Content-Security-Policy"] == POLICY
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert await answer.read() == (WEB / PAGES[path][0]).read_bytes()


@pytest.mark.asyncio(loop_scope="module")
async def test_the_page_reads_only_figures_that_the_gateway_gives(live: LiveGateway) -> None:
    _, figures = await live.call("GET", "/api/v1/counts")
    used = set(re.findall(r"\bcounts\.(\w+)", JS))
    assert used <= set(figures)


def test_the_page_loads_nothing_from_elsewhere_and_has_nothing_inline() -> None:
    page = Page()
    assert page.inline == []
    assert {"/" + name for name in page.loads} <= set(PAGES)
    for text in (HTML, CSS, JS):
        addresses = set(re.findall(r"https?://[^\s\"')]+", text))
        assert addresses <= {"http://www.w3.org/2000/svg"}
    assert "url(" not in CSS
    assert "unsafe" not in POLICY


def test_what_the_gateway_sends_goes_in_as_text_never_as_markup() -> None:
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert way not in JS


def test_every_place_that_the_script_fills_is_on_the_page() -> None:
    ids = Page().ids
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'\$\("([\w-]+)"\)', JS)) <= set(ids)
    shapes = {f"s-{verdict}" for verdict in VERDICTS}
    assert shapes <= set(ids)


def test_every_reason_has_words() -> None:
    words = set(re.findall(r"\b(\w+): \"", JS.partition("const REASONS = {")[2].partition("};")[0]))
    # These two are told by the figures beside the verdicts.
    assert {reason.value for reason in Reason} - words == {"ok", "repeat"}
    assert {decision.value for decision in Decision} <= set(VERDICTS)


@pytest.mark.parametrize("dark", [False, True])
def test_all_text_can_be_read(dark: bool) -> None:
    found = colours(CSS, dark)
    for ink in ("ink", "ink2", "ink3"):
        assert contrast(found[ink], found["surface"]) >= 4.5
    assert contrast(found["ink"], found["paper"]) >= 4.5
    assert contrast(found["data"], found["track"]) >= 3
    for verdict, shape in VERDICTS.items():
        assert contrast(found[verdict], shape) >= 4.5


def test_verdict_colours_are_for_verdicts_only() -> None:
    for verdict in VERDICTS:
        uses = re.findall(rf"[^\n]*var\(--{verdict}\)[^\n]*", CSS)
        assert len(uses) == 1
        assert uses[0].startswith(f".v-{verdict} ")

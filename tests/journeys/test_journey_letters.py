"""The letters of the pages: a machine without any shows all of them, and they fit at any size."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from journeys.venue.counter_page import CHROMIUM, FULL, MISSING, PHONE, STALLS, WIDE, Counter
from journeys.venue.page_layout import CUT_THINGS, WIDE_THINGS, speaks
from journeys.venue.readers import LETTERLESS, READERS
from scanner.texts import LANGUAGES
from validator.roles import Role

ROLE = Role.SUPERVISOR
"""Who sees every section."""

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(CHROMIUM is None, reason=MISSING),
]


async def typefaces(page: Page) -> set[tuple[str, bool]]:
    """Return name, and whether the page brought it, of each typeface that is painted with."""
    devtools = await page.context.new_cdp_session(page)
    # Nothing is drawn anew while it is asked about.
    await devtools.send("Emulation.setScriptExecutionDisabled", {"value": True})
    await devtools.send("DOM.enable")
    await devtools.send("CSS.enable")
    # Piercing: what stands in a browser's own parts, such as the button that chooses a file.
    document = await devtools.send("DOM.getDocument", {"depth": -1, "pierce": True})
    found = set()
    for node in texts(document["root"]):
        told = await devtools.send("CSS.getPlatformFontsForNode", {"nodeId": node})
        found |= {(font["familyName"], font["isCustomFont"]) for font in told["fonts"]}
    await devtools.detach()
    return found


def texts(node: dict[str, Any]) -> list[int]:
    """Return the texts below a node of the document."""
    if node["nodeName"] == "#text":
        return [node["nodeId"]]
    parts = (*node.get("children", ()), *node.get("shadowRoots", ()))
    return [each for part in parts for each in texts(part)]


@pytest.mark.parametrize("reader", READERS[:1], ids=[LETTERLESS], indirect=True)
async def test_a_machine_without_letters_shows_ours(reader: Counter) -> None:
    page = await reader.signed_in(size=PHONE)
    await page.locator(".tile", has_text="Lumen Quartet").first.click()
    await page.locator(f"[data-offer='{STALLS}-{FULL}']").click()
    found = set()
    for language in LANGUAGES:
        await speaks(page, language)
        found |= await typefaces(page)
    await page.locator("[data-section=imports]").click()
    await expect(page.locator("input[type=file]")).to_be_visible()
    found |= await typefaces(page)
    assert found == {("Noto Sans", True)}
    assert await typefaces(await dashboard(reader, PHONE)) == found


async def test_the_dashboard_fits(reader: Counter) -> None:
    for size in (WIDE, PHONE):
        page = await dashboard(reader, size)
        assert not await page.evaluate(WIDE_THINGS)
        assert not await page.evaluate(CUT_THINGS)


async def dashboard(reader: Counter, size: dict[str, int]) -> Page:
    """Open the dashboard; its figures are there."""
    page = await reader.page(size=size, path="/")
    await expect(page.locator("#verdicts dd").first).to_be_visible()
    return page

"""How the counter looks and feels: languages, phones, keyboards, targets, paper."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from journeys.venue.counter_page import (
    CHROMIUM,
    FULL,
    MISSING,
    PHONE,
    STALLS,
    WIDE,
    Counter,
    dialog,
    opened,
    search,
)
from journeys.venue.page_layout import odd_things, speaks
from scanner.texts import LANGUAGES

LONGEST = ("de", "fr")
"""Languages with the longest words and sentences."""

POINTS_PER_MM = 72 / 25.4
PAPERS = {"82x203.2": (82, 203.2), "101.6x76.2": (101.6, 76.2), "a4": (210, 297)}

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(CHROMIUM is None, reason=MISSING),
]


@pytest.mark.parametrize(
    ("size", "languages"),
    [pytest.param(WIDE, LONGEST, marks=pytest.mark.full), (PHONE, LANGUAGES)],
    ids=["wide", "phone"],
)
async def test_everything_fits_in_every_language(
    reader: Counter, size: dict[str, int], languages: tuple[str, ...]
) -> None:
    invoiced = await reader.sell("Maximiliane Ünterbergerstein", 3, paid=False)
    paid = await reader.sell("Maximiliane Ünterbergerstein", 2)
    page = await reader.signed_in(size=size)
    odd: set[str] = set()
    for language in languages:
        await page.goto(f"{reader.venue.address}/counter/#/sale")
        await expect(page.locator("main .tile").first).to_be_visible()
        await speaks(page, language)
        await page.locator(".tile", has_text="Lumen Quartet").first.click()
        await page.locator(f"[data-offer='{STALLS}-{FULL}']").click()
        await page.locator("summary").click()
        odd |= await odd_things(page)
        await page.locator("[data-section=orders]").click()
        await expect(page.locator(".latest a").first).to_be_visible()
        odd |= await odd_things(page)
        await search(page, str(paid["number"]))
        await opened(page, paid["number"])
        odd |= await odd_things(page)
        for press in (".cross >> nth=0", ".left .btns .btn >> nth=0", ".left .btns .btn >> nth=1"):
            await page.locator(press).click()
            await expect(dialog(page)).to_be_visible()
            odd |= await odd_things(page)
            await page.keyboard.press("Escape")
        await search(page, str(invoiced["number"]))
        await opened(page, invoiced["number"])
        await page.locator(".cross").first.click()
        await expect(page.locator(".steps")).to_be_visible()
        odd |= await odd_things(page)
        await page.keyboard.press("Escape")
        await page.locator("#tab-history").click()
        odd |= await odd_things(page)
    assert not odd


async def test_switching_the_language_keeps_what_was_typed(counter: Counter) -> None:
    order = await counter.sell("Talks")
    page = await counter.signed_in("it-IT")
    await expect(page.locator("html")).to_have_attribute("lang", "it")
    await search(page, str(order["number"]))
    await page.locator(".cross").click()
    await dialog(page).locator("textarea").fill("half a sent")
    await dialog(page).locator("select").select_option("twice")
    await speaks(page, "fr")
    await expect(dialog(page).get_by_role("heading")).to_contain_text("Annuler le billet")
    await expect(dialog(page).locator("select")).to_contain_text("Acheté deux fois")
    await expect(page.locator(".price, .sum b").first).to_contain_text("78,00")
    await speaks(page, "de")
    await expect(page.locator("h1")).to_have_text(f"Bestellung {order['number']}")
    await expect(dialog(page).locator("textarea")).to_have_value("half a sent")
    await expect(dialog(page).locator("select")).to_have_value("twice")
    await page.reload()
    await expect(page.locator("html")).to_have_attribute("lang", "de")


async def test_tickets_are_printed_on_every_paper(counter: Counter) -> None:
    order = await counter.sell("Printed", 2)
    page = await counter.signed_in()
    await search(page, str(order["number"]))
    await page.get_by_role("button", name="Print").click()
    link = dialog(page).get_by_role("link", name="Print")
    for paper, size in PAPERS.items():
        await dialog(page).locator(f"input[value='{paper}']").check(force=True)
        for place, pages in ((0, 2), (1, 1)):
            await dialog(page).get_by_label("Tickets").select_option(index=place)
            address = await link.get_attribute("href")
            answer = await page.context.request.get(f"{counter.venue.address}/counter/{address}")
            assert answer.headers["content-type"] == "application/pdf"
            sheets = _pages(await answer.body())
            assert len(sheets) == pages
            for sheet in sheets:
                assert sheet == pytest.approx(size, abs=0.1)
    await page.reload()
    await page.get_by_role("button", name="Print").click()
    await expect(dialog(page).locator("input[value='a4']")).to_be_checked()


async def test_the_pdf_opens_in_a_tab_of_its_own_and_nothing_is_left_behind(
    counter: Counter,
) -> None:
    order = await counter.sell("Printed")
    page = await counter.signed_in()
    await search(page, str(order["number"]))
    await page.get_by_role("button", name="Print").click()
    link = dialog(page).get_by_role("link", name="Print")
    async with page.context.expect_page() as opened_tab:
        await link.click()
    tab = await opened_tab.value
    assert f"orders/{order['number']}/print.pdf" in tab.url or tab.url == "about:blank"
    await expect(dialog(page)).to_be_visible()


async def test_no_name_address_or_code_is_in_an_address_or_kept_in_the_browser(
    counter: Counter,
) -> None:
    order = await counter.sell("Zebulon Quastenflosser", email="zq@example.org")
    page = await counter.signed_in()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await search(page, "Zebulon Quastenfloser")
    await opened(page, order["number"])
    await page.locator("#tab-history").click()
    kept = await page.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }])")
    for text in (*asked, page.url, kept):
        assert not re.search(r"zebulon|quasten|zq@|E1:", text, re.IGNORECASE)


def _pages(pdf: bytes) -> list[tuple[float, float]]:
    """Return the width and height of each page in millimetres. Source: ISO 32000-1, 7.7.3.3."""
    count = len(re.findall(rb"/Type /Page\b(?!s)", pdf))
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    sizes = [(float(wide) / POINTS_PER_MM, float(high) / POINTS_PER_MM) for wide, high in boxes]
    return sizes if len(sizes) == count else sizes[:1] * count

"""A reseller's file on the counter's page: a real Chromium, a real gateway, a real lane."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import FilePayload, Page, expect

from doubles.boxoffice.handed_in import ean
from journeys.venue.counter_page import CHROMIUM, MISSING, PHONE, WIDE, Counter, said
from journeys.venue.lane import LaneProcess
from journeys.venue.page_layout import odd_things, speaks
from validator.roles import Role

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(CHROMIUM is None, reason=MISSING),
]

ROLE = Role.SUPERVISOR
"""Resellers' tickets let in, and no money comes in here: no cashier lists them."""

SALES = (
    "Ventes\r\n\r\nNom;Code-barres;Statut\r\n"
    + "".join(f'"Zoé {place}, A";{ean(place)};vendu\r\n' for place in range(6))
    + f"Ada;1,23457E+12;vendu\r\nBen;{ean(2)};vendu\r\nTotal;8;\r\n"
).encode("latin-1")


async def opened(counter: Counter, size: dict[str, int] = WIDE) -> Page:
    """Open the page of imports."""
    page = await counter.signed_in(size=size)
    await page.locator("[data-section=imports]").click()
    await expect(page.locator("input[type=file]")).to_be_visible()
    return page


async def name_reseller(page: Page, name: str) -> None:
    """Say that the file is of a reseller whom nobody knows here."""
    await page.get_by_role("radio", name="Others").check()
    await page.get_by_label("Reseller", exact=True).select_option("")
    await page.get_by_label("Name of the new reseller").fill(name)


async def hand_in(page: Page, data: bytes, name: str = "sales.csv") -> None:
    """Choose a file."""
    file = FilePayload(name=name, mimeType="text/csv", buffer=data)
    await page.locator("input[type=file]").set_input_files([file])


async def press(page: Page, name: str) -> None:
    """Press a button by its name."""
    await page.get_by_role("button", name=name).click()


def figure(page: Page, name: str) -> str:
    """Return where the page shows one of the figures of a check."""
    return f"dl div:has(dt:text-is('{name}')) dd"


async def checked(page: Page, **figures: int) -> None:
    """Check a file, and compare what the page says of it."""
    await press(page, "Check the file")
    names = {"listed": "New tickets", "known": "Known already", "cancelled": "Cancellations"}
    names |= {"found": "Rows found", "troubled": "Rows with a problem"}
    for key, value in figures.items():
        await expect(page.locator(figure(page, names[key]))).to_have_text(str(value))


async def lane_of(counter: Counter) -> LaneProcess:
    """Start a lane that holds everything."""
    lane = await counter.venue.enrolled("lane")
    await lane.start(*counter.venue.streams)
    return lane


async def test_a_file_is_previewed_checked_imported_and_withdrawn_again(counter: Counter) -> None:
    venue = counter.venue
    lane = await lane_of(counter)
    page = await opened(counter)
    await hand_in(page, SALES)
    sheet = page.locator(".sheet").first
    await expect(sheet).to_contain_text("Zoé 0, A")
    await expect(sheet.locator("tr.off")).to_have_count(4)
    await expect(sheet.locator("[data-column='1']")).to_have_value("barcode")
    await checked(page, found=8, listed=6, troubled=2, cancelled=0)
    problems = page.locator(".problems tr")
    await expect(problems).to_have_count(2)
    await expect(problems.nth(0)).to_contain_text("A spreadsheet rounded the code")
    await expect(problems.nth(1)).to_contain_text("The code of row 6 once more")
    assert (await lane.scan(ean(0)))["reason"] == "unknown"

    before = len(lane.lines)
    await press(page, "Import now")
    await expect(said(page)).to_contain_text("FNAC/FranceBillet: new tickets 6")
    await expect(page.locator(".taken li")).to_have_count(1)
    await lane.heard(before, event="applied", stream=venue.streams[1])
    shown = await lane.scan(ean(0))
    assert (shown["decision"], shown["reason"]) == ("admit", "ok")

    await hand_in(page, f"Code;Etat\n{ean(0)};vendu\n{ean(5)};Annulé\n".encode())
    await checked(page, found=2, listed=0, known=1, cancelled=1)
    before = len(lane.lines)
    await press(page, "Import now")
    await expect(page.locator(".taken li")).to_have_count(2)
    await lane.heard(before, event="applied", stream=venue.streams[2])
    assert (await lane.scan(ean(5)))["reason"] == "cancelled"


async def test_columns_separators_and_ends_are_chosen_by_hand(counter: Counter) -> None:
    page = await opened(counter)
    await name_reseller(page, "Ticketino")
    await hand_in(page, f"A12,{ean(50)};x\nB34,{ean(51)};y\n".encode())
    await page.get_by_label("Columns are separated by").select_option("comma")
    await page.get_by_label("What column 1 holds").select_option("barcode")
    await expect(page.get_by_label("What column 2 holds")).to_have_value("")
    await page.get_by_label("Ignore at the top").fill("1")
    await expect(page.locator(".sheet tr.off")).to_have_count(1)
    await page.get_by_label("What column 2 holds").select_option("seat")
    await checked(page, found=1, listed=1)
    await press(page, "Import now")
    await expect(said(page)).to_contain_text("Ticketino: new tickets 1")
    await expect(page.get_by_label("Reseller", exact=True)).to_contain_text("Ticketino")


async def test_what_is_wrong_is_said_and_can_be_mended(counter: Counter) -> None:
    page = await opened(counter)
    for data, words in ((b"PK\x03\x04", "workbook"), (b"", "empty"), (bytes(300), "empty")):
        await hand_in(page, data)
        await expect(page.locator(".oops")).to_contain_text(words)
    await hand_in(page, b"\x01\x02\x03" * 500)
    await expect(page.locator(".oops")).to_contain_text("no CSV file")
    await hand_in(page, b"Name;Town\nAda;Bern\n")
    await press(page, "Check the file")
    await expect(page.locator(".oops")).to_have_text("Say which column holds the barcodes.")
    await page.get_by_label("What column 1 holds").select_option("barcode")
    await checked(page, found=2)


@pytest.mark.full
async def test_missing_tickets_are_cancelled_only_if_that_is_asked_for(counter: Counter) -> None:
    page = await opened(counter)
    await name_reseller(page, "Starticket")
    await hand_in(page, "".join(f"{ean(place)}\n" for place in range(100, 130)).encode())
    await checked(page, listed=30)
    await press(page, "Import now")
    await expect(said(page)).to_contain_text("Starticket")
    await page.get_by_role("radio", name="Others").check()
    await page.get_by_label("Reseller", exact=True).select_option("Starticket")
    await hand_in(page, f"{ean(100)}\n".encode())
    await checked(page, known=1, cancelled=0)
    await expect(page.get_by_text("There is nothing new")).to_be_visible()
    await page.locator("summary").click()
    await page.get_by_text("that are not in the file any more").click()
    await checked(page, known=1, cancelled=29)
    await expect(page.locator(".oops")).to_contain_text("Every entrance will refuse")
    await press(page, "Import now")
    await expect(page.locator(".taken li").first).to_contain_text("cancelled 29")


@pytest.mark.full
async def test_a_large_import_can_be_stopped_and_leaves_nothing(counter: Counter) -> None:
    page = await opened(counter)
    folder = counter.venue.data / "imports"
    before = len((await counter.venue.office("imports"))["imports"])
    waiting = len(list(folder.glob("*"))) if folder.exists() else 0
    await hand_in(page, "".join(f"{ean(place)}\n" for place in range(9_000, 49_000)).encode())
    await press(page, "Check the file")
    await expect(page.locator("progress")).to_be_visible()
    await press(page, "Stop")
    await expect(page.locator(".oops")).to_contain_text("Nothing was imported")
    assert len((await counter.venue.office("imports"))["imports"]) == before
    assert len(list(folder.iterdir())) <= waiting


async def test_imports_fit_in_every_language_on_a_phone(reader: Counter) -> None:
    page = await opened(reader, PHONE)
    await hand_in(page, SALES)
    await page.locator("summary").click()
    odd: set[str] = set()
    for language in ("fr", "de", "es", "it", "en"):
        await speaks(page, language)
        odd |= await odd_things(page)
    await press(page, "Check the file")
    await expect(page.locator(".problems tr")).not_to_have_count(0)
    odd |= await odd_things(page)
    # A wide table is moved within its own frame.
    assert {
        thing for thing in odd if not re.match(r"(TABLE|THEAD|TBODY|TR|TH|TD|SELECT)\.", thing)
    } == set()

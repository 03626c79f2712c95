"""Takes the pictures of the counter in docs/screens: `python -m generators.counter_screens`.

It sets an evening up, goes through the page in English and in French, and writes small pictures.
"""

from __future__ import annotations

import asyncio
import io
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from PIL import Image
from playwright.async_api import Page, expect

from journeys.venue.counter_page import (
    BALCONY,
    FULL,
    NAME,
    PHONE,
    STALLS,
    WIDE,
    Counter,
    chromium,
    dialog,
    opened,
    search,
)
from journeys.venue.venue import GATE, Venue
from journeys.venue.waiting import ROOT

SCREENS = ROOT / "docs" / "screens"
LANGUAGES = ("en", "fr")
COLOURS = 64
NIGHT = {"color_scheme": "dark"}
ZONE = ZoneInfo("Europe/Zurich")


async def take() -> None:
    """Take every picture."""
    SCREENS.mkdir(exist_ok=True)
    ahead_s = _seconds_to_the_evening()
    with tempfile.TemporaryDirectory() as folder:
        venue = Venue(Path(folder), doors_min=ahead_s // 60 - 45)
        try:
            await venue.open(ahead_s=ahead_s)
            user = await venue.post("/api/v1/users", {"name": NAME, "role": "cashier"})
            async with chromium() as browser:
                counter = Counter(venue, browser, user["token"])
                guests, team = await _orders(counter)
                for language in LANGUAGES:
                    await _wide(counter, language, ahead_s, guests, team)
                    await _small(counter, language, ahead_s, guests)
                await counter.close()
        finally:
            await venue.close()


def _seconds_to_the_evening() -> int:
    now = datetime.now(ZONE)
    evening = now.replace(hour=19, minute=20, second=0, microsecond=0)
    if evening < now:
        evening += timedelta(days=1)
    return round((evening - now).total_seconds())


async def _orders(counter: Counter) -> tuple[int, int]:
    """Sell what the pictures show: a family of which some are inside, and a team's invoice."""
    venue = counter.venue

    def seats(zone: int, *names: str) -> list[dict[str, Any]]:
        place = {"performance": venue.evening.tonight, "tariff": FULL, "zone": zone}
        return [place | {"seat": name, "price": 7800} for name in names]

    family = await counter.sell(
        "Claire Fontaine",
        items=seats(BALCONY, *(f"row F, seat {seat}" for seat in (11, 12)), "row C, seat 14")
        + seats(BALCONY, "row F, seat 14"),
        email="claire@example.org",
        payment="card",
    )
    numbers = [ticket["number"] for ticket in family["tickets"]]
    (better,) = seats(BALCONY, "row F, seat 13")
    await venue.office(f"tickets/{numbers[2]}/exchange", better | {"reason": "Sit together"})
    for number in numbers[:2]:
        code = await venue.photographed(number)
        await venue.post("/api/v1/check-ins", {"code": code, "gate": GATE})
    await venue.forwarded()
    team = await counter.sell(
        "Team Rivage",
        items=seats(STALLS, *(f"row H, seat {seat}" for seat in (7, 8, 9))),
        email="team@example.org",
        paid=False,
        payment="invoice",
    )
    return family["number"], team["number"]


async def _page(counter: Counter, language: str, ahead_s: int, size: Any, **more: Any) -> Page:
    page = await counter.signed_in({"en": "en-GB"}.get(language, language), size, **more)
    await page.clock.set_system_time(datetime.now(ZONE) + timedelta(seconds=ahead_s))
    await page.reload()
    await expect(page.locator("main .tile").first).to_be_visible()
    return page


async def _wide(counter: Counter, language: str, ahead_s: int, guests: int, team: int) -> None:
    page = await _page(counter, language, ahead_s, WIDE)
    await _choose(page)
    await _shoot(page, f"counter-sale-{language}")
    await page.locator("#find").fill("fontane")
    await expect(page.locator("[role=option]")).to_have_count(1)
    await _shoot(page, f"counter-search-{language}")
    await page.locator("#find").press("Enter")
    await opened(page, guests)
    await page.locator(".cross").nth(1).click()
    await expect(dialog(page)).to_be_visible()
    await _shoot(page, f"counter-cancel-{language}")
    await page.keyboard.press("Escape")
    await page.locator("#tab-history").click()
    await _shoot(page, f"counter-history-{language}")
    await search(page, str(team))
    await opened(page, team)
    await page.locator(".cross").nth(1).click()
    await expect(page.locator(".steps")).to_be_visible()
    await _shoot(page, f"counter-wayout-{language}")


async def _small(counter: Counter, language: str, ahead_s: int, guests: int) -> None:
    page = await _page(counter, language, ahead_s, PHONE, **NIGHT)
    await search(page, str(guests))
    await opened(page, guests)
    await _shoot(page, f"counter-phone-{language}")


async def _choose(page: Page) -> None:
    await page.locator(".tile", has_text="Lumen Quartet").first.click()
    for offer in (f"{STALLS}-{FULL}", f"{STALLS}-{FULL}", f"{BALCONY}-2"):
        await page.locator(f"[data-offer='{offer}']").click()


async def _shoot(page: Page, name: str) -> None:
    await page.mouse.move(0, 0)
    picture = Image.open(io.BytesIO(await page.screenshot())).convert("RGB")
    small = picture.quantize(COLOURS, dither=Image.Dither.NONE)
    small.save(SCREENS / f"{name}.png", optimize=True)


if __name__ == "__main__":
    asyncio.run(take())

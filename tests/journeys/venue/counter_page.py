"""The counter's page in a real Chromium, in front of a real gateway."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any

from playwright.async_api import Browser, BrowserContext, Locator, Page, async_playwright, expect

from journeys.venue.venue import Venue

CHROMIUM = shutil.which("chromium")
MISSING = "chromium is not installed"
NAME = "Counter 1"
WIDE, PHONE = {"width": 1300, "height": 930}, {"width": 360, "height": 740}
FULL, STUDENT, STALLS, BALCONY = 1, 2, 0, 1
WAIT_MS = 20_000

expect.set_options(timeout=WAIT_MS)

_SHIFTED = dict(zip(")!@#$%^&*(", "0123456789", strict=True)) | {":": ";", "+": "="}


@asynccontextmanager
async def chromium(
    flags: Sequence[str] = (), environment: Mapping[str, str] = MappingProxyType({})
) -> AsyncIterator[Browser]:
    """Run Debian's Chromium.

    Args:
        flags: Further ones.
        environment: Variables that it finds besides ours.
    """
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-dev-shm-usage", *flags],
            env={**os.environ, **environment},
        )
        try:
            yield browser
        finally:
            await browser.close()


class Counter:
    """A counter where somebody sells.

    Args:
        venue: Its gateway runs.
        browser: Real.
        password: Of `NAME`.
    """

    def __init__(self, venue: Venue, browser: Browser, password: str) -> None:
        self.venue = venue
        self.browser = browser
        self.password = password
        self.faults: list[str] = []
        self._contexts: list[BrowserContext] = []
        self._state: Any = None
        self._seats = iter(range(1, 1000))

    def seen_in(self, browser: Browser) -> Counter:
        """Return the same counter in another browser."""
        counter = Counter(self.venue, browser, self.password)
        counter._seats = self._seats
        return counter

    async def page(
        self, locale: str = "en-GB", size: Any = WIDE, path: str = "/counter/", **more: Any
    ) -> Page:
        """Open a page in a browser of its own; nobody is signed in."""
        context = await self.browser.new_context(
            locale=locale,
            viewport=size,
            timezone_id="Europe/Zurich",
            reduced_motion="reduce",
            **more,
        )
        context.set_default_timeout(WAIT_MS)
        self._contexts.append(context)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        await page.goto(f"{self.venue.address}{path}")
        return page

    async def signed_in(self, locale: str = "en-GB", size: Any = WIDE, **more: Any) -> Page:
        """Open the page in a browser in which somebody signed in before."""
        page = await self.page(locale, size, storage_state=self._state, **more)
        if self._state is None:
            await self.sign_in(page)
        await expect(page.locator("main .tile").first).to_be_visible()
        self._state = {"cookies": await page.context.cookies()}
        return page

    async def sign_in(self, page: Page, password: str = "") -> None:
        """Fill the question who is there in, and send it."""
        await page.locator("dialog input[type=text]").fill(NAME)
        await page.locator("dialog input[type=password]").fill(password or self.password)
        await page.locator("dialog button[type=submit]").click()

    async def close(self) -> None:
        """Close every browser window; no script may have failed."""
        for context in self._contexts:
            await context.close()
        self._contexts.clear()
        assert not self.faults, self.faults

    async def sell(
        self, customer: str, count: int = 1, scope: int = 0, **more: Any
    ) -> dict[str, Any]:
        """Sell seats through the API."""
        items = [
            {
                "performance": scope or self.venue.evening.tonight,
                "tariff": FULL,
                "zone": STALLS,
                "seat": f"row P, seat {next(self._seats)}",
                "price": 7800,
            }
            for _ in range(count)
        ]
        sale = {"customer": customer, "email": "guest@example.org", "paid": True, "items": items}
        return await self.venue.office("orders", sale | more)

    async def order(self, number: int) -> dict[str, Any]:
        """Return an order as the box office knows it."""
        return await self.venue.office(f"orders/{number}")

    async def orders(self) -> list[dict[str, Any]]:
        """Return the newest orders."""
        orders: list[dict[str, Any]] = (await self.venue.office("orders"))["orders"]
        return orders


async def search(page: Page, text: str) -> None:
    """Type into the search field and press Enter."""
    await page.locator("#find").fill(text)
    await page.locator("#find").press("Enter")


async def opened(page: Page, number: int | str) -> None:
    """Wait until an order is shown."""
    await expect(page.locator("main h1")).to_contain_text(str(number))
    await expect(page.locator("[role=tabpanel]")).to_be_visible()


def dialog(page: Page) -> Locator:
    """Return the dialog beside the order."""
    return page.locator(".side [role=dialog]")


def said(page: Page) -> Locator:
    """Return what the page says is done."""
    return page.locator(".done")


async def scan(page: Page, text: str) -> None:
    """Type as a USB scanner does: at once, with a US keyboard's keys, Enter at the end."""
    for sign in text:
        if sign.isupper() or sign in _SHIFTED:
            await page.keyboard.down("Shift")
            await page.keyboard.press(sign)
            await page.keyboard.up("Shift")
        else:
            await page.keyboard.press(sign)
    await page.keyboard.press("Enter")

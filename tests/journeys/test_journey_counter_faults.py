"""What can go wrong at a counter: lost answers, ended sessions, a gateway that is gone."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, Route, expect

from journeys.venue.counter_page import (
    CHROMIUM,
    FULL,
    MISSING,
    STALLS,
    Counter,
    dialog,
    opened,
    said,
    search,
)

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(CHROMIUM is None, reason=MISSING),
]


async def chosen(page: Page) -> None:
    """Put a ticket into the sale."""
    await page.locator(".tile", has_text="Lumen Quartet").first.click()
    await page.locator(f"[data-offer='{STALLS}-{FULL}']").click()


async def loses_answers(page: Page, path: str, count: int) -> list[str]:
    """Let so many requests reach the gateway, and their answers get lost; return their keys."""
    keys: list[str] = []

    async def handle(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) > count:
            await route.continue_()
            return
        await route.fetch()
        await route.abort("connectionreset")

    await page.route(f"**/{path}", handle)
    return keys


async def test_a_sale_whose_answer_is_lost_is_made_once(counter: Counter) -> None:
    page = await counter.signed_in()
    keys = await loses_answers(page, "api/v1/orders", 2)
    before = len(await counter.orders())
    await chosen(page)
    await page.locator("[data-payment=cash]").click()
    await expect(page.locator(".till .oops")).to_contain_text("it is done once at most")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator(".till .oops")).to_be_visible()
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator(".till h2")).to_have_text("1 ticket sold")
    assert len(keys) == 3
    assert len(set(keys)) == 1
    assert len(await counter.orders()) == before + 1


async def test_a_cancellation_whose_answer_is_lost_goes_on_to_its_mail(counter: Counter) -> None:
    order = await counter.sell("Lost answer")
    number = order["tickets"][0]["number"]
    page = await counter.signed_in()
    await loses_answers(page, f"tickets/{number}/cancel", 1)
    mails = await loses_answers(page, f"orders/{order['number']}/letters", 1)
    await search(page, str(order["number"]))
    await page.locator(".cross").click()
    await dialog(page).get_by_label("Note").fill("Tram stuck")
    await dialog(page).get_by_role("button", name="Cancel this ticket").click()
    await dialog(page).get_by_role("button", name="Try again").click()
    await expect(dialog(page)).to_contain_text(f"Ticket {number} is cancelled.")
    await dialog(page).get_by_role("button", name="Send the mail again").click()
    await expect(said(page)).to_contain_text("a mail goes to")
    assert len(set(mails)) == 1
    letters = await counter.venue.office(f"orders/{order['number']}/letters")
    assert len(letters["letters"]) == 1


async def test_an_ended_session_asks_over_the_page_and_the_sale_goes_on(counter: Counter) -> None:
    page = await counter.signed_in()
    before = len(await counter.orders())
    await chosen(page)
    await page.locator(".lines input").fill("row S, seat 9")
    await page.context.clear_cookies()
    await page.locator("[data-payment=card]").click()
    await expect(page.locator("dialog")).to_contain_text("Please sign in again")
    await expect(page.locator(".lines input")).to_have_value("row S, seat 9")
    await expect(page.locator("dialog input[type=password]")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog")).to_be_visible()
    await counter.sign_in(page, "wrong")
    await expect(page.locator("dialog [role=alert]")).to_be_visible()
    await counter.sign_in(page)
    await expect(page.locator(".till h2")).to_have_text("1 ticket sold")
    orders = await counter.orders()
    assert len(orders) == before + 1
    assert orders[0]["tickets"][0]["seat"] == "row S, seat 9"


async def test_somebody_else_took_the_seat(counter: Counter) -> None:
    taken = await counter.sell("Quicker")
    page = await counter.signed_in("es-ES")
    await chosen(page)
    await page.locator(".lines input").fill(taken["tickets"][0]["seat"])
    await page.locator("[data-payment=cash]").click()
    await expect(page.locator(".till .oops")).to_contain_text("Elija otro")
    await page.locator(".lines input").fill("row T, seat 1")
    await page.locator("[data-payment=cash]").click()
    await expect(page.locator(".till h2")).to_have_text("1 entrada vendida")


async def test_two_counters_cancel_the_same_ticket(counter: Counter) -> None:
    order = await counter.sell("Both")
    first, second = await counter.signed_in(), await counter.signed_in("fr-FR")
    for page in (first, second):
        await search(page, str(order["number"]))
        await page.locator(".cross").click()
        await dialog(page).get_by_role("checkbox").uncheck()
    await dialog(first).get_by_role("button", name="Cancel this ticket").click()
    await expect(said(first)).to_be_visible()
    await dialog(second).get_by_role("button", name="Annuler ce billet").click()
    await expect(dialog(second).get_by_role("alert")).to_contain_text("est déjà annulé")


async def test_a_gateway_that_is_gone_and_comes_back(counter: Counter) -> None:
    venue = counter.venue
    page = await counter.signed_in()
    before = len(await counter.orders())
    await chosen(page)
    await page.locator(".lines input").fill("row Z, seat 3")
    await venue.shut()
    await page.locator("[data-payment=cash]").click()
    await expect(page.locator(".notice")).to_contain_text("does not answer")
    await expect(page.locator(".till .oops")).to_contain_text("Nothing is lost")
    await page.locator("#find").fill("Ada")
    await expect(page.locator("#found .oops")).to_be_visible()
    await venue.open()
    await expect(page.locator(".notice")).to_be_hidden()
    # Sessions live in memory: whoever goes on signs in again first.
    await expect(page.locator("dialog")).to_contain_text("Please sign in again")
    await counter.sign_in(page)
    await expect(page.locator("[role=option]").first).to_contain_text("Ada")
    await expect(page.locator(".lines input")).to_have_value("row Z, seat 3")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator(".till h2")).to_have_text("1 ticket sold")
    assert len(await counter.orders()) == before + 1


async def test_a_ticket_cancelled_on_the_page_is_refused_at_a_lane(counter: Counter) -> None:
    venue = counter.venue
    order = await counter.sell("Lane", 2)
    first, second = (ticket["number"] for ticket in order["tickets"])
    codes = {number: await venue.photographed(number) for number in (first, second)}
    lane = await venue.enrolled("lane")
    await lane.start(*venue.streams)
    assert (await lane.scan(codes[first]))["decision"] == "admit"
    await venue.forwarded()
    page = await counter.page()
    await counter.sign_in(page)
    await search(page, str(order["number"]))
    await expect(page.locator(f"[data-ticket='{first}']")).to_contain_text("Inside")
    await expect(page.locator(f"[data-ticket='{first}']")).to_contain_text("Main entrance")
    for number in (second, first):
        before = len(lane.lines)
        await page.locator(f"[id='cross-{number}']").click()
        if number == first:
            await expect(dialog(page)).to_contain_text("The guest is inside since")
        await dialog(page).get_by_role("button", name="Cancel this ticket").click()
        await expect(said(page)).to_contain_text(number)
        await lane.heard(before, event="applied", stream=venue.streams[2])
        shown = await lane.scan(codes[number])
        assert (shown["decision"], shown["reason"]) == ("refuse", "cancelled")
    await venue.forwarded()
    await page.locator("[data-section=orders]").click()
    await search(page, first)
    await opened(page, order["number"])
    await page.locator("#tab-history").click()
    await expect(page.locator(".history")).to_contain_text("Refused, Main entrance")
    await expect(page.locator(".history")).to_contain_text("Entered, Main entrance")

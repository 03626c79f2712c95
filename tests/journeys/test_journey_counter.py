"""A day behind the counter, in a real Chromium in front of a real gateway process."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from journeys.venue.counter_page import (
    BALCONY,
    CHROMIUM,
    FULL,
    MISSING,
    NAME,
    STALLS,
    STUDENT,
    Counter,
    dialog,
    opened,
    said,
    scan,
    search,
)

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(CHROMIUM is None, reason=MISSING),
]


async def test_signing_in_with_a_wrong_password_and_then_the_right_one(counter: Counter) -> None:
    page = await counter.page()
    await counter.sign_in(page, "H7QM-3XAT-9RWP-KJ4D")
    await expect(page.locator("dialog [role=alert]")).to_contain_text("don’t fit")
    await expect(page.locator("main")).to_have_count(0)
    await counter.sign_in(page)
    await expect(page.locator("#who")).to_have_text(NAME)
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.locator("dialog")).to_be_visible()


async def test_a_ticket_is_sold_in_three_clicks(counter: Counter) -> None:
    page = await counter.signed_in()
    before = len(await counter.orders())
    await page.locator(".tile", has_text="Lumen Quartet").first.click()
    await page.locator(f"[data-offer='{STALLS}-{FULL}']").click()
    await page.locator("[data-payment=card]").click()
    await expect(page.locator(".till h2")).to_have_text("1 ticket sold")
    orders = await counter.orders()
    assert len(orders) == before + 1
    (ticket,) = orders[0]["tickets"]
    assert (orders[0]["payment"], orders[0]["paid"], ticket["price"]) == ("card", True, 7800)
    assert (ticket["performance"], ticket["zone"]) == (counter.venue.evening.tonight, STALLS)
    assert orders[0]["customer"] == "Counter sale"
    await page.get_by_role("button", name="Next customer").click()
    await expect(page.locator("#total")).to_have_text("0.00")


async def test_a_cashier_sees_nothing_that_is_a_supervisors_and_the_next_one_does(
    counter: Counter,
) -> None:
    page = await counter.signed_in()
    imports, guest = (
        page.locator("[data-section=imports]"),
        page.locator("[data-payment=invitation]"),
    )
    await expect(page.locator("[data-payment=cash]")).to_have_count(1)
    await expect(imports).to_be_hidden()
    await expect(guest).to_have_count(0)
    await page.goto(f"{counter.venue.address}/counter/#/imports")
    await expect(page.locator("main.sale")).to_be_visible()
    boss = await counter.venue.post("/api/v1/users", {"name": "Grace", "role": "supervisor"})
    other = await counter.page()
    await other.locator("dialog input[type=text]").fill("Grace")
    await other.locator("dialog input[type=password]").fill(boss["token"])
    await other.locator("dialog button[type=submit]").click()
    await expect(other.locator("[data-section=imports]")).to_be_visible()
    await expect(other.locator("[data-payment=invitation]")).to_have_count(1)


async def test_several_tickets_with_a_seat_by_invoice(counter: Counter) -> None:
    page = await counter.signed_in()
    await page.locator(".tile", has_text="Lumen Quartet").nth(1).click()
    full = page.locator(f"[data-offer='{BALCONY}-{FULL}']")
    await full.click()
    await full.click()
    await page.locator(f"[data-offer='{STALLS}-{STUDENT}']").click()
    await page.locator(".lines input").last.fill("row Q, seat 1")
    await expect(page.locator("#total")).to_have_text("149.00")
    await page.locator("[data-payment=invoice]").click()
    await expect(page.locator(".till [role=alert]")).to_contain_text("needs an e-mail address")
    await page.get_by_label("Name").fill("Núria Vila")
    await page.get_by_label("E-mail").fill("nuria@example.org")
    await page.get_by_label("Language of letters").select_option("es")
    await page.locator("[data-payment=invoice]").click()
    await expect(page.locator(".till h2")).to_have_text("3 tickets sold")
    order = (await counter.orders())[0]
    assert (order["customer"], order["language"], order["paid"]) == ("Núria Vila", "es", False)
    assert {ticket["seat"] for ticket in order["tickets"]} == {None, "row Q, seat 1"}
    letters = await counter.venue.office(f"orders/{order['number']}/letters")
    assert [letter["kind"] for letter in letters["letters"]] == ["invoice"]


async def test_a_name_with_a_typing_error_is_found_by_keyboard_alone(counter: Counter) -> None:
    order = await counter.sell("Wilhelmina Sørensen")
    page = await counter.signed_in()
    await page.locator("body").press("/")
    await page.keyboard.type("wilhelmnia")
    await expect(page.locator("[role=option]")).to_have_count(1)
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await opened(page, order["number"])
    await expect(page.locator("#found")).to_be_hidden()
    await page.locator("#tab-tickets").press("ArrowRight")
    await expect(page.locator("#tab-history")).to_be_focused()
    await expect(page.locator(".history li")).to_contain_text(["Sold"])
    await search(page, "zzzz-nobody")
    await expect(page.locator("#found")).to_contain_text("Nothing found")


async def test_a_scanned_ticket_opens_its_order(counter: Counter) -> None:
    order = await counter.sell("Scanned")
    number = order["tickets"][0]["number"]
    code = await counter.venue.photographed(number)
    page = await counter.signed_in()
    await page.locator("#find").focus()
    await scan(page, code)
    await opened(page, order["number"])
    await page.locator("#find").focus()
    await scan(page, number)
    await expect(page.locator(f"[id='ticket-{number}'].at")).to_be_visible()


async def test_a_ticket_scanned_through_a_french_keyboard_opens_its_order(
    counter: Counter,
) -> None:
    order = await counter.sell("Scannée")
    code = await counter.venue.photographed(order["tickets"][0]["number"])
    page = await counter.signed_in("fr-FR")
    await page.evaluate(_AZERTY, code)
    await opened(page, order["number"])


async def test_a_ticket_is_cancelled_with_refund_reason_and_mail(counter: Counter) -> None:
    order = await counter.sell("Ada Lovelace", 2, payment="cash")
    number = order["tickets"][1]["number"]
    page = await counter.signed_in()
    await search(page, number)
    await opened(page, order["number"])
    await page.get_by_role("button", name=f"Cancel ticket {number}").click()
    ask = dialog(page)
    await expect(ask.get_by_role("heading")).to_be_focused()
    await expect(ask.get_by_label("Cash")).to_be_checked()
    await ask.get_by_label("Voucher").check(force=True)
    await ask.get_by_label("Partial").check(force=True)
    await ask.get_by_label("Amount").fill("99.00")
    await ask.get_by_role("button", name="Cancel this ticket").click()
    await expect(ask.get_by_role("alert")).to_contain_text("from 0 to 78.00")
    await ask.get_by_label("Amount").fill("50,50")
    await ask.get_by_label("Reason").select_option("another")
    await ask.get_by_role("button", name="Cancel this ticket").click()
    await expect(ask.get_by_role("alert")).to_contain_text("Say why")
    await ask.get_by_label("Note").fill("Broken leg")
    await ask.get_by_role("button", name="Cancel this ticket").click()
    await expect(said(page)).to_contain_text("a mail goes to guest@example.org")
    ticket = (await counter.order(order["number"]))["tickets"][1]
    assert (ticket["state"], ticket["refund"], ticket["refunded"], ticket["reason"]) == (
        *("cancelled", "voucher", 5050),
        "Broken leg",
    )
    await page.locator("#tab-history").click()
    lines = page.locator(".history li")
    await expect(lines.first).to_contain_text("Cancellation sent")
    await expect(lines.nth(1)).to_contain_text("50.50 refunded (Voucher)")
    await expect(lines.nth(1)).to_contain_text("Broken leg")
    await expect(lines.nth(1)).to_contain_text(f"by {NAME}")


async def test_escape_leaves_the_ticket_and_goes_back_to_its_cross(counter: Counter) -> None:
    order = await counter.sell("Kept")
    page = await counter.signed_in()
    await search(page, str(order["number"]))
    cross = page.locator(".cross")
    await cross.click()
    await expect(dialog(page)).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(dialog(page)).to_have_count(0)
    await expect(cross).to_be_focused()
    assert (await counter.order(order["number"]))["tickets"][0]["state"] == "valid"


async def test_a_whole_order_is_cancelled_without_a_mail(counter: Counter) -> None:
    order = await counter.sell("All of it", 3, email="")
    page = await counter.signed_in()
    await search(page, str(order["number"]))
    await page.get_by_role("button", name="Cancel whole order").click()
    await expect(dialog(page)).to_contain_text("There is no e-mail address")
    await dialog(page).get_by_role("button", name="Cancel whole order").click()
    await expect(said(page)).to_contain_text(f"Order {order['number']} is cancelled.")
    now = await counter.order(order["number"])
    assert {ticket["refunded"] for ticket in now["tickets"]} == {7800}


async def test_the_refused_cancel_of_an_unpaid_invoice_leads_into_the_way_out(
    counter: Counter,
) -> None:
    order = await counter.sell("Team", 3, paid=False, payment="invoice")
    number = order["tickets"][1]["number"]
    page = await counter.signed_in()
    await search(page, str(order["number"]))
    await page.locator(f"[id='cross-{number}']").click()
    await expect(dialog(page)).to_contain_text("Nothing has been changed")
    await dialog(page).get_by_role("button", name="Do all three").click()
    await expect(said(page)).to_contain_text("its invoice goes to guest@example.org")
    made = (await counter.orders())[0]
    assert made["replaces"] == order["number"]
    await opened(page, made["number"])
    kept = [ticket["seat"] for ticket in order["tickets"] if ticket["number"] != number]
    assert [ticket["seat"] for ticket in made["tickets"]] == kept
    assert {each["state"] for each in (await counter.order(order["number"]))["tickets"]} == {
        "cancelled"
    }


async def test_the_last_ticket_of_an_unpaid_invoice_leads_to_the_whole_order(
    counter: Counter,
) -> None:
    order = await counter.sell("Alone", paid=False, payment="invoice")
    page = await counter.signed_in()
    await search(page, str(order["number"]))
    await page.locator(".cross").click()
    await dialog(page).get_by_role("button", name="Cancel whole order").click()
    await expect(dialog(page).get_by_role("heading")).to_contain_text(str(order["number"]))
    await dialog(page).get_by_role("button", name="Cancel whole order").click()
    await expect(said(page)).to_contain_text(str(order["number"]))
    (ticket,) = (await counter.order(order["number"]))["tickets"]
    assert ticket["state"] == "cancelled"


async def test_an_order_that_became_unpaid_meanwhile_is_refused_and_the_reason_kept(
    counter: Counter,
) -> None:
    order = await counter.sell("Team", 2, paid=True, payment="invoice")
    page = await counter.signed_in()
    await search(page, str(order["number"]))
    await page.locator(".cross").first.click()
    await dialog(page).get_by_label("Note").fill("Ill")
    await counter.venue.office(f"orders/{order['number']}/paid", {"paid": False})
    await dialog(page).get_by_role("button", name="Cancel this ticket").click()
    await dialog(page).get_by_role("button", name="Do all three").click()
    await expect(said(page)).to_contain_text("is cancelled. This is order")
    gone = (await counter.order(order["number"]))["tickets"]
    assert {ticket["reason"] for ticket in gone} == {"Guest is unwell: Ill"}


async def test_a_ticket_is_exchanged_for_another_day(counter: Counter) -> None:
    order = await counter.sell("Moved", 1)
    old = order["tickets"][0]["number"]
    page = await counter.signed_in()
    await search(page, str(order["number"]))
    await page.get_by_role("button", name="Exchange").click()
    tomorrow = dialog(page).locator(f"[data-scope='{counter.venue.evening.tomorrow}']")
    await tomorrow.click()
    await dialog(page).locator(f"[data-offer='{BALCONY}-{FULL}']").click()
    await expect(dialog(page)).to_contain_text("To give back: 26.00")
    await dialog(page).get_by_role("button", name="Exchange").click()
    await expect(dialog(page)).to_contain_text(f"{old} is now")
    first, second = (await counter.order(order["number"]))["tickets"]
    assert (first["state"], first["replacement"]) == ("exchanged", second["number"])
    assert second["performance"] == counter.venue.evening.tomorrow
    row = page.locator(f"[data-ticket='{old}']")
    await expect(row).to_contain_text(f"now {second['number']}")


async def test_a_cancellation_is_taken_back_unless_the_seat_was_sold(counter: Counter) -> None:
    order = await counter.sell("Back again", 2)
    first, second = (ticket["number"] for ticket in order["tickets"])
    await counter.venue.office(
        f"orders/{order['number']}/cancel", {"refund": "card", "reason": "Unwell"}
    )
    page = await counter.signed_in("de-CH")
    await search(page, str(order["number"]))
    await page.locator(f"[data-ticket='{first}']").get_by_role("button").click()
    await dialog(page).get_by_role("button", name="Zurücknehmen").click()
    await expect(said(page)).to_contain_text(f"Ticket {first} gilt wieder.")
    seat = order["tickets"][1] | {"admits": 1}
    await counter.sell("Quicker", items=[_item(seat)])
    await page.locator(f"[data-ticket='{second}']").get_by_role("button").click()
    await dialog(page).get_by_role("button", name="Zurücknehmen").click()
    await expect(dialog(page).get_by_role("alert")).to_contain_text(
        "Wählen Sie einen anderen Platz"
    )


async def test_a_pass_is_disabled_and_enabled(counter: Counter) -> None:
    evening = counter.venue.evening
    card = await counter.venue.office(
        "passes", {"name": "Season", "performances": [evening.tonight, evening.tomorrow]}
    )
    order = await counter.sell("Holder", items=[{"performance": card["scope"], "tariff": FULL}])
    page = await counter.signed_in()
    await search(page, str(order["number"]))
    await page.get_by_role("button", name="Disable").click()
    await dialog(page).get_by_role("button", name="Disable").click()
    await expect(said(page)).to_contain_text("is disabled")
    assert (await counter.order(order["number"]))["tickets"][0]["disabled"]
    await page.get_by_role("button", name="Enable").click()
    await dialog(page).get_by_role("button", name="Enable").click()
    await expect(said(page)).to_contain_text("is enabled")
    assert not (await counter.order(order["number"]))["tickets"][0]["disabled"]


def _item(ticket: dict[str, Any]) -> dict[str, Any]:
    return {key: ticket[key] for key in ("performance", "tariff", "zone", "seat", "price")}


_AZERTY = """code => {
  const input = document.getElementById("find");
  const codes = { " ": "Space", "-": "Minus", ".": "Period", "/": "Slash", ":": "Semicolon",
    "+": "Equal", "$": "Digit4", "%": "Digit5", "*": "Digit8" };
  const keys = { A: "Q", Q: "A", W: "Z", Z: "W", M: "?" };
  const digits = "àéèçùâêîôû";
  const press = (more) =>
    input.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...more }));
  input.focus();
  for (const sign of code) {
    const digit = /[0-9]/.test(sign);
    const key = digit ? digits[sign] : keys[sign] ?? sign;
    press({ code: codes[sign] ?? (digit ? `Digit${sign}` : `Key${sign}`), key,
      shiftKey: /[A-Z:+$%*]/.test(sign) });
    input.value += key;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }
  press({ code: "Enter", key: "Enter" });
}"""
"""Types a code as a machine with a French layout understands a scanner with a US one."""

// Exchange: the old ticket is refused from now on, a new one stands in the same order.

import { Change } from "./api.js";
import { button, el, field, icon, words } from "./page.js";
import * as panel from "./panel.js";
import * as plan from "./plan.js";
import { printLink } from "./paper.js";
import { failed, working } from "./shell.js";
import { money, say } from "./texts.js";
import { offerTiles, showTiles } from "./tiles.js";
import { wayOut } from "./wayout.js";

export function exchange(shown) {
  let old = shown.valid.find((ticket) => ticket.number === shown.ticket) ?? shown.valid[0];
  let wanted = null;
  const change = new Change();
  const which = el("select", { on: { change: () => {
    old = shown.valid.find((ticket) => ticket.number === which.value);
    begin();
  } } }, shown.valid.map((ticket) => el("option", { value: ticket.number, selected: ticket === old,
    say: ["exchange.ticket", () => ({ ticket: ticket.number, place: plan.place(ticket) })] })));
  const offers = el("div", { class: "offers" });
  const seat = el("input", { type: "text", maxlength: 40, autocomplete: "off" });
  const difference = el("p", { class: "difference", role: "status" });
  const place = el("div", { class: "place" });
  const go = button(null, "exchange.go", () => send(), { class: "btn p" });
  const { group, press } = showTiles((scope) => offered(scope));
  panel.open({ title: ["exchange.title"] },
    field("exchange.old", which),
    el("p", { class: "lb", say: ["exchange.new"] }), group, offers, field("exchange.seat", seat), difference,
    el("ul", { class: "facts" }, el("li", {}, icon("gate", 20), words("exchange.refused"))), place,
    el("div", { class: "end" }, button(null, "back.leave", panel.close), go));
  begin();

  function begin() {
    seat.value = old.seat ?? "";
    press(old.performance);
  }

  function offered(scope) {
    const tiles = offerTiles(scope, (offer) => pick(scope, offer));
    offers.replaceChildren(...tiles);
    const same = scope === old.performance;
    const offer = plan.show(scope)?.offers.find((each) => same && each.zone === old.zone && each.tariff === old.tariff);
    pick(scope, offer ?? (same ? { zone: old.zone, tariff: old.tariff, price: old.price } : null));
  }

  function pick(scope, offer) {
    wanted = offer && { scope, offer };
    for (const tile of offers.querySelectorAll("[data-offer]")) {
      tile.setAttribute("aria-pressed", offer !== null && tile.dataset.offer === plan.offerKey(offer));
    }
    const more = offer ? offer.price - old.price : 0;
    const key = !offer ? "exchange.choose" : more > 0 ? "exchange.pay" : more < 0 ? "exchange.give" : "exchange.even";
    say(difference, key, () => ({ amount: money(Math.abs(more)) }));
  }

  async function send() {
    place.replaceChildren();
    if (!wanted) return place.append(el("p", { class: "oops", role: "alert", say: ["exchange.choose"] }));
    const { scope, offer } = wanted;
    const body = { performance: scope, tariff: offer.tariff, zone: offer.zone, seat: seat.value.trim(), price: offer.price,
      admits: old.admits };
    try {
      const made = await working(go, change.make(`tickets/${old.number}/exchange`, body));
      shown.ticket = made.number;
      await shown.load();
      return done(made);
    } catch (error) {
      if (error.code === "invoice_open") return wayOut(shown, old);
      return place.append(failed(error, send));
    }
  }

  function done(made) {
    panel.open({ title: ["exchange.done"] },
      el("p", { class: "big", say: ["exchange.now", { old: old.number, new: made.number }] }),
      el("p", { class: "sub", say: ["exchange.hand"] }),
      el("div", { class: "end" }, button(null, "shell.close", panel.close), printLink(`tickets/${made.number}`)));
  }
}

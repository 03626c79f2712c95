// Large buttons for what is on sale: performances first, then tariffs by zone.

import { el, icon, words } from "./page.js";
import * as plan from "./plan.js";
import { money } from "./texts.js";

const FIRST = 6;

// A group of performances of which one is pressed.
export function showTiles(picked, shows = plan.onSale()) {
  const group = el("div", { class: "tiles", role: "group", label: ["tiles.performances"] });
  const press = (scope) => {
    for (const tile of group.querySelectorAll(".tile")) tile.setAttribute("aria-pressed", tile.dataset.scope === `${scope}`);
    picked(scope);
  };
  const tiles = shows.map((show) =>
    el("button", { type: "button", class: "tile", "aria-pressed": "false", "data-scope": show.scope,
      on: { click: () => press(show.scope) } },
    el("b", {}, show.name), plan.showWhen(show)));
  group.append(...tiles.slice(0, FIRST));
  if (tiles.length > FIRST) {
    const more = el("button", { type: "button", class: "tile more", on: { click: () => {
      more.replaceWith(...tiles.slice(FIRST));
      tiles[FIRST].focus();
    } } }, words("tiles.more", { n: tiles.length - FIRST }));
    group.append(more);
  }
  if (!tiles.length) group.append(el("p", { class: "none", say: ["tiles.no_performance"] }));
  return { group, press };
}

// The tariffs of one performance; `picked` is told the offer.
export function offerTiles(scope, picked) {
  const offers = plan.show(scope)?.offers ?? [];
  if (!offers.length) return [el("p", { class: "none", say: ["tiles.no_offer"] })];
  return [...new Set(offers.map((offer) => offer.zone))].map((zone) =>
    el("section", { class: "zone" },
      el("h3", { say: ["tiles.zone", () => ({ zone: plan.zoneName(scope, zone) })] }),
      el("div", { class: "tiles" }, offers.filter((offer) => offer.zone === zone).map((offer) => tile(offer, picked)))));
}

function tile(offer, picked) {
  const gone = offer.left === 0;
  const sign = plan.tariffIcon(offer.tariff);
  return el("button", { type: "button", class: "tile offer", disabled: gone, "data-offer": plan.offerKey(offer),
    on: { click: () => picked(offer) } },
  el("b", {}, sign && icon(sign, 22), el("span", { say: ["tiles.name", () => ({ name: plan.tariffName(offer.tariff) })] })),
  el("span", { class: "price", say: ["tiles.price", () => ({ price: money(offer.price) })] }),
  gone ? el("small", { say: ["tiles.sold_out"] })
    : offer.left !== null && offer.left <= 20 ? el("small", { say: ["tiles.left", { n: offer.left }] }) : null);
}

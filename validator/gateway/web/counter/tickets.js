// The tickets of an order, a row each: what it is, how it stands, what can be done.

import { cancelTicket } from "./cancel.js";
import { button, el, icon, words } from "./page.js";
import { back, suspend } from "./passes.js";
import * as plan from "./plan.js";
import { who } from "./session.js";
import { hour, money, shortDay } from "./texts.js";

export function ticketRows(shown) {
  const { tickets } = shown.order;
  const several = new Set(tickets.map((ticket) => ticket.performance)).size > 1;
  const count = (state) => tickets.filter((ticket) => ticket.state === state).length;
  const counted = ["valid", "cancelled", "exchanged"].filter((state) => count(state));
  return el("div", { class: "rows" },
    el("ul", {}, tickets.map((ticket) => row(shown, ticket, several))),
    el("p", { class: "sum" },
      el("span", {}, counted.flatMap((state, place) => [place ? " · " : "", words(`tickets.${state}`, { n: count(state) })])),
      el("b", { say: ["tiles.price", () => ({ price: money(shown.order.total) })] })));
}

function row(shown, ticket, several) {
  const gone = ticket.state !== "valid";
  const marked = shown.ticket === ticket.number;
  return el("li", { class: `row ${gone ? "gone" : ""} ${marked ? "at" : ""}`, id: `ticket-${ticket.number}`,
    "data-ticket": ticket.number },
  el("div", { class: "no" }, ticket.number),
  el("div", { class: "wh" },
    el("b", { say: ["tickets.what", () => ({ tariff: plan.tariffName(ticket.tariff), price: money(ticket.price) })] }),
    el("span", { say: ["tickets.place", () => ({ place: plan.place(ticket) })] }),
    (several || plan.isPass(ticket.performance)) && el("span", { class: "line" }, plan.showName(ticket.performance)),
    ticket.admits > 1 && el("span", { class: "line", say: ["tickets.admits", { n: ticket.admits }] })),
  el("div", { class: "st" }, ...state(shown, ticket)),
  el("div", { class: "do" }, ...actions(shown, ticket)));
}

function state(shown, ticket) {
  const visit = shown.order.visits?.[ticket.number];
  const at = () => ({ hour: hour(visit.at), gate: who.gates[visit.gate] ?? visit.gate });
  const told = (sign, key, values, more, moreValues) =>
    [icon(sign, 22), el("span", {}, words(key, values), more && el("small", { say: [more, moreValues] }))];
  if (ticket.state === "exchanged") {
    return told("swap", "tickets.was_exchanged", () => ({ day: shortDay(ticket.since) }), "tickets.now", { ticket: ticket.replacement });
  }
  if (ticket.state === "cancelled") {
    const since = () => ({ day: shortDay(ticket.since) });
    if (visit?.inside) return told("warn", "tickets.was_cancelled", since, "tickets.still_inside", at);
    return told("none", "tickets.was_cancelled", since,
      ticket.refund === "none" ? "tickets.no_refund" : "tickets.refunded", () => ({ refunded: money(ticket.refunded) }));
  }
  if (ticket.disabled) return told("pause", "tickets.is_disabled");
  if (visit?.inside) return told("tick", "tickets.inside", {}, "tickets.since", at);
  if (visit) return told("out", "tickets.was_in", {}, "tickets.last", at);
  if (!ticket.paid) return told("clock", "tickets.unpaid");
  const before = shown.order.tickets.find((each) => each.replacement === ticket.number);
  return told("clock", "tickets.unseen", {}, before && "tickets.instead", before && { ticket: before.number });
}

function actions(shown, ticket) {
  if (ticket.state === "cancelled") {
    return [button("undo", "tickets.back", () => back(shown, ticket), { class: "btn small" })];
  }
  if (ticket.state !== "valid") return [];
  const cross = el("button", { type: "button", class: "cross", id: `cross-${ticket.number}`, hint: ["tickets.cancel"],
    label: ["tickets.cancel_this", { ticket: ticket.number }], on: { click: () => cancelTicket(shown, ticket) } }, icon("x", 18));
  if (!plan.isPass(ticket.performance)) return [cross];
  return [button(ticket.disabled ? "tick" : "pause", ticket.disabled ? "tickets.enable" : "tickets.disable",
    () => suspend(shown, ticket), { class: "btn small" }), cross];
}

// Cancelling a ticket or a whole order: refund and reason for the accounts, and a mail if wanted.

import { Change } from "./api.js";
import { button, choice, el, field, icon, words } from "./page.js";
import * as panel from "./panel.js";
import * as plan from "./plan.js";
import { reasonFields } from "./reasons.js";
import { who } from "./session.js";
import { failed, working } from "./shell.js";
import { cents, hour, money, say } from "./texts.js";
import { wayOut } from "./wayout.js";

const REFUNDS = [["none", "none"], ["cash", "cash"], ["transfer", "bank"], ["card", "card"], ["voucher", "voucher"], ["exchange", "swap"]];
const REASONS = ["unwell", "mistake", "twice", "changed", "unhappy", "another"];

export function cancelTicket(shown, ticket) {
  if (shown.waits) return wayOut(shown, ticket);
  return ask(shown, {
    kind: "ticket",
    path: `tickets/${ticket.number}/cancel`,
    tickets: [ticket],
    number: ticket.number,
    what: () => ({ tariff: plan.tariffName(ticket.tariff), place: plan.place(ticket) }),
  });
}

export function cancelOrder(shown) {
  return ask(shown, {
    kind: "order",
    path: `orders/${shown.number}/cancel`,
    tickets: shown.valid,
    number: `${shown.number}`,
    what: () => ({ n: shown.valid.length }),
  });
}

function ask(shown, { kind, path, tickets, number, what }) {
  const { order } = shown;
  const price = order.paid ? tickets.reduce((sum, ticket) => sum + ticket.price, 0) : 0;
  const reason = reasonFields(REASONS);
  const change = new Change();
  const letter = new Change();
  const amount = el("input", { type: "text", inputmode: "decimal", value: money(price), disabled: true });
  const part = choice("cancel.how_much", ["total", "partial"].map((value) => ({ value, say: [`cancel.${value}`] })), "total",
    (value) => {
      amount.disabled = value === "total";
      if (value === "total") amount.value = money(price);
      else amount.select();
    }, { class: "half" });
  const amounts = el("div", { class: "amt" }, part, field("cancel.amount", amount));
  let refund = price && REFUNDS.some(([method]) => method === order.payment) ? order.payment : "none";
  const methods = choice("cancel.refund", REFUNDS.map(([value, sign]) => ({ value, icon: sign, say: [`refund.${value}`] })), refund,
    (value) => {
      refund = value;
      amounts.hidden = value === "none" || !price;
    }, { class: "pick" });
  amounts.hidden = refund === "none";
  const mail = el("input", { type: "checkbox", id: "tell", checked: Boolean(order.email) });
  const place = el("div", { class: "place" });
  let cancelled = false;
  const go = button(null, `cancel.go_${kind}`, null, { class: "btn p", type: "submit" });
  const form = el("form", { novalidate: true, on: { submit: (event) => {
    event.preventDefault();
    if (cancelled) tellCustomer();
    else send();
  } } },
  facts(shown, tickets, kind),
  methods, amounts, ...reason.nodes,
  order.email ? el("label", { class: "ck", for: "tell" }, mail, el("span", {}, words("cancel.tell", { email: order.email }),
    el("small", { say: ["cancel.tell_why"] }))) : el("p", { class: "ck", say: ["cancel.no_address"] }),
  place,
  el("div", { class: "end" }, button(null, `cancel.keep_${kind}`, panel.close), go));
  panel.open({ title: [`cancel.title_${kind}`, { number }] }, el("p", { class: "sub", say: [`cancel.what_${kind}`, what] }), form);
  mark(tickets, kind);

  async function send() {
    place.replaceChildren();
    const why = reason.read();
    const asked = chosenAmount();
    if (why === null) return place.append(el("p", { class: "oops", role: "alert", say: ["cancel.say_why"] }));
    if (asked === null) {
      amount.focus();
      return place.append(el("p", { class: "oops", role: "alert",
        say: ["cancel.wrong_amount", () => ({ most: money(price) })] }));
    }
    const body = { refund, reason: why, ...(asked === undefined ? {} : { amount: asked }) };
    let made;
    try {
      made = await working(go, change.make(path, body));
    } catch (error) {
      if (error.code === "invoice_open") return wayOut(shown, tickets[0], why);
      return place.append(failed(error, send));
    }
    cancelled = true;
    if (order.email && made.letter === null) return shown.done(`cancel.untold_${kind}`, { number, email: order.email });
    return tellCustomer();
  }

  function chosenAmount() {
    if (refund === "none" || !price || part.querySelector("input:checked").value === "total") return undefined;
    const given = cents(amount.value);
    return given === null || given > price ? null : given;
  }

  // The ticket is cancelled already: only the mail may be tried again.
  async function tellCustomer() {
    if (!order.email || !mail.checked) return shown.done(`cancel.done_${kind}`, { number });
    place.replaceChildren();
    try {
      await working(go, letter.make(`orders/${shown.number}/letters`, { tickets: tickets.map((ticket) => ticket.number) }));
    } catch (error) {
      say(go.firstElementChild, "cancel.tell_again");
      return place.append(el("p", { say: [`cancel.done_${kind}`, { number }] }), failed(error, tellCustomer));
    }
    return shown.done(`cancel.told_${kind}`, { number, email: order.email });
  }
}

function facts(shown, tickets, kind) {
  const inside = tickets.find((ticket) => shown.order.visits?.[ticket.number]?.inside);
  const visit = inside && shown.order.visits[inside.number];
  const line = (sign, ...children) => el("li", {}, icon(sign, 20), el("span", {}, ...children));
  return el("ul", { class: "facts" },
    line("gate", words(`cancel.refused_${kind}`)),
    tickets.some((ticket) => ticket.seat) && line("seat", words(`cancel.seat_${kind}`)),
    visit && line("warn", el("b", { say: ["cancel.inside", () => ({ hour: hour(visit.at), gate: who.gates[visit.gate] ?? visit.gate })] }), " ",
      words("cancel.supervisor")),
    line("cash", words("cancel.money")));
}

function mark(tickets, kind) {
  for (const row of document.querySelectorAll(".row")) {
    row.classList.toggle("sel", kind === "ticket" && row.dataset.ticket === tickets[0].number);
  }
}

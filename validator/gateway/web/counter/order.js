// One order: who bought what, its tickets, its history, and what can be done about it.

import { Change, ask, request } from "./api.js";
import { cancelOrder } from "./cancel.js";
import { exchange } from "./exchange.js";
import { historyLines } from "./history.js";
import { button, el, fill, icon, words } from "./page.js";
import * as panel from "./panel.js";
import { print } from "./paper.js";
import * as plan from "./plan.js";
import * as search from "./search.js";
import { failed, notice, unread, working } from "./shell.js";
import { day, money } from "./texts.js";
import { ticketRows } from "./tickets.js";

const TABS = ["tickets", "history"];

export function showOrder(root, number, tab, ticket) {
  const shown = new Shown(root, number, TABS.includes(tab) ? tab : TABS[0], ticket);
  shown.load();
  return () => {
    shown.gone = true;
    panel.close();
  };
}

const whose = (history) => [...new Set(history.map((line) => line.by).filter(Boolean))].slice(-100).map((by) => ["by", by]);

class Shown {
  constructor(root, number, tab, ticket) {
    this.number = number;
    this.tab = tab;
    this.ticket = ticket;
    this.gone = false;
    this.paid = new Change();
    this.left = el("div", { class: "left" });
    this.side = el("div", { class: "side" });
    root.append(this.left, this.side);
    panel.dwell(this.side, () => this.details());
  }

  // Reads everything anew; what was open stays open until it is drawn.
  async load() {
    try {
      const [order, { history }] = await Promise.all([
        ask(`orders/${this.number}`), ask(`orders/${this.number}/history`), plan.refresh()]);
      const { staff } = await request(`staff?${new URLSearchParams(whose(history))}`, {});
      if (this.gone) return;
      this.order = order;
      this.history = history;
      this.staff = staff;
      this.draw();
      search.show(this.ticket ?? `${order.number}`);
    } catch (error) {
      if (!this.gone) fill(this.left, unread(error, () => this.load()));
    }
  }

  // After a change: the dialog goes, and the page says what was done.
  async done(key, values) {
    panel.close();
    await this.load();
    if (key) notice(key, values);
  }

  get valid() {
    return this.order.tickets.filter((each) => each.state === "valid");
  }

  get waits() {
    return !this.order.paid && this.order.payment === "invoice";
  }

  // Of the whole order: the way out of a last ticket leads here too.
  cancel() {
    return cancelOrder(this);
  }

  draw() {
    const { order } = this;
    const at = document.activeElement?.id;
    fill(this.left,
      el("div", { class: "oh" },
        el("div", {}, el("h1", { say: ["order.title", { number: `${order.number}` }] }),
          el("p", { class: "sub" }, order.customer, order.email && ` · ${order.email}`)),
        order.paid || !this.valid.length ? null : el("span", { class: "pill" }, icon("clock", 18), words("order.waiting"))),
      el("div", { class: "btns" },
        this.valid.length > 0 && button("print", "order.print", () => print(this)),
        this.valid.length > 0 && button("swap", "order.exchange", () => exchange(this)),
        this.valid.length > 0 && !order.paid && button("cash", "order.paid", (event) => this.markPaid(event.currentTarget)),
        this.valid.length > 0 && button("x", "order.cancel", () => this.cancel())),
      this.tabs(),
      el("div", { id: "tab", role: "tabpanel", "aria-labelledby": `tab-${this.tab}` },
        this.tab === "tickets" ? ticketRows(this) : historyLines(this.history, this.staff)));
    if (!this.side.querySelector("[role=dialog]")) this.details();
    if (at && !document.activeElement?.id) document.getElementById(at)?.focus();
    document.getElementById(`ticket-${this.ticket}`)?.scrollIntoView({ block: "center" });
  }

  tabs() {
    const counts = { tickets: this.order.tickets.length, history: this.history.length };
    const turn = (tab) => {
      this.tab = tab;
      history.replaceState(null, "", `#/orders/${this.number}/${tab}`);
      this.draw();
      document.getElementById(`tab-${tab}`).focus();
    };
    return el("div", { class: "tabs", role: "tablist" }, TABS.map((tab) =>
      el("button", { type: "button", role: "tab", id: `tab-${tab}`, "aria-controls": "tab",
        "aria-selected": tab === this.tab ? "true" : "false", tabindex: tab === this.tab ? "0" : "-1",
        say: [`order.${tab}`, { n: counts[tab] }],
        on: { click: () => turn(tab), keydown: (event) => {
          if (["ArrowLeft", "ArrowRight"].includes(event.key)) turn(TABS.find((each) => each !== this.tab));
        } } })));
  }

  // What stands beside the order while nothing is asked.
  details() {
    const { order } = this;
    const line = (key, value, values) =>
      el("div", {}, el("dt", { say: [`order.${key}`] }), el("dd", typeof value === "string" ? {} : { say: [value[0], values] },
        typeof value === "string" ? value : null));
    const refunded = order.tickets.reduce((sum, ticket) => sum + ticket.refunded, 0);
    fill(this.side, el("section", { class: "card", "aria-labelledby": "details" },
      el("h2", { id: "details", say: ["order.details"] }),
      el("dl", {},
        line("customer", order.customer),
        order.email ? line("email", order.email) : null,
        order.distributor ? line("distributor", order.distributor) : null,
        line("payment", [`payment.${order.payment}`]),
        line("bought", ["order.day"], () => ({ day: day(order.at) })),
        this.waits && order.due ? line("due", ["order.due_on"], () => ({ day: day(order.due), n: order.reminders })) : null,
        order.replaces ? line("replaces", ["order.title"], { number: `${order.replaces}` }) : null,
        line("total", ["tiles.price"], () => ({ price: money(order.total) })),
        refunded ? line("refunded", ["tiles.price"], () => ({ price: money(refunded) })) : null)));
  }

  async markPaid(pressed) {
    try {
      await working(pressed, this.paid.make(`orders/${this.number}/paid`, { paid: true }));
      await this.done("order.is_paid", { number: `${this.number}` });
    } catch (error) {
      pressed.closest(".btns").after(failed(error, () => this.markPaid(pressed)));
    }
  }
}

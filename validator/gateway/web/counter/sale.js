// Selling: a performance, a tariff, how it is paid. Three clicks for one ticket.

import { Change } from "./api.js";
import { button, el, field, fill, icon, words } from "./page.js";
import { papers, printLink, address } from "./paper.js";
import * as plan from "./plan.js";
import { answers } from "./session.js";
import { failed, go, unread, working } from "./shell.js";
import { LANGUAGES, money, speaks, t } from "./texts.js";
import { offerTiles, showTiles } from "./tiles.js";

const PAYMENTS = [["cash", "cash"], ["card", "card"], ["voucher", "voucher"], ["invoice", "mail"], ["invitation", "people"]];

export const section = {
  id: "sale",
  icon: "voucher",
  title: "sale.title",
  show(root) {
    const sale = new Sale(root);
    sale.load();
    return () => (sale.gone = true);
  },
};

class Sale {
  constructor(root) {
    this.root = root;
    this.gone = false;
    this.change = new Change();
    this.lines = [];
    this.goods = el("div", { class: "goods" });
    this.till = el("section", { class: "card till", "aria-labelledby": "till" });
    root.append(el("h1", { class: "unseen", say: ["sale.title"] }), this.goods, this.till);
    this.name = el("input", { type: "text", maxlength: 200, autocomplete: "off", placeholder: ["sale.nobody"] });
    this.email = el("input", { type: "email", maxlength: 200, autocomplete: "off", spellcheck: "false" });
    this.language = el("select", {}, LANGUAGES.map((tag) =>
      el("option", { value: tag, selected: tag === speaks(), say: [`language.${tag}`] })));
    this.place = el("div", { class: "place" });
  }

  async load() {
    try {
      await plan.refresh();
      if (!this.gone) this.draw();
    } catch (error) {
      if (!this.gone) fill(this.goods, unread(error, () => this.load()));
    }
  }

  draw() {
    const offers = el("div", { class: "offers" });
    const { group } = showTiles((scope) => {
      this.scope = scope;
      fill(offers, el("h2", { say: ["sale.tariff"] }), ...offerTiles(scope, (offer) => this.add(scope, offer)));
    });
    fill(this.goods, el("h2", { say: ["sale.performance"] }), group, offers);
    this.drawTill();
  }

  add(scope, offer) {
    const same = this.lines.find((line) => line.scope === scope && line.offer === offer && !line.seat.value);
    if (same) same.count += 1;
    else {
      this.lines.push({ scope, offer, count: 1, seat: el("input", { type: "text", maxlength: 40, autocomplete: "off",
        placeholder: ["sale.seat"], label: ["sale.seat"] }) });
    }
    this.drawTill();
  }

  get total() {
    return this.lines.reduce((sum, line) => sum + line.count * line.offer.price, 0);
  }

  drawTill() {
    const empty = this.lines.length === 0;
    this.place.replaceChildren();
    fill(this.till,
      el("h2", { id: "till", say: ["sale.till"] }),
      empty ? el("p", { class: "none", say: ["sale.empty"] }) : el("ul", { class: "lines" }, this.lines.map((line) => this.line(line))),
      el("p", { class: "total" }, words("sale.total"), el("b", { id: "total", say: ["tiles.price", () => ({ price: money(this.total) })] })),
      el("fieldset", { class: "pay", disabled: empty }, el("legend", { say: ["sale.pay"] }),
        PAYMENTS.filter(([payment]) => payment !== "invitation" || answers()).map(([payment, sign]) => el("button", { type: "button", class: "tile", "data-payment": payment,
          on: { click: (event) => this.pay(payment, event.currentTarget) } }, icon(sign, 24), words(`payment.${payment}`)))),
      this.place,
      el("details", { open: Boolean(this.name.value || this.email.value) }, el("summary", { say: ["sale.customer"] }),
        field("sale.name", this.name), field("sale.email", this.email), field("sale.language", this.language)));
  }

  line(line) {
    const step = (by) => {
      // A seat is one guest's: another ticket gets a line of its own.
      if (by > 0 && line.seat.value) return this.add(line.scope, line.offer);
      line.count += by;
      if (line.count === 0) this.lines = this.lines.filter((each) => each !== line);
      return this.drawTill();
    };
    return el("li", {},
      el("div", { class: "wh" }, el("b", { say: ["sale.line", () => ({ tariff: plan.tariffName(line.offer.tariff),
        zone: plan.zoneName(line.scope, line.offer.zone) })] }), el("span", {}, plan.showName(line.scope))),
      el("div", { class: "steps" },
        button("minus", null, () => step(-1), { class: "btn small", label: ["sale.fewer"] }),
        el("b", { say: ["sale.count", { n: line.count }] }),
        button("plus", null, () => step(1), { class: "btn small", label: ["sale.more"] })),
      el("span", { class: "price", say: ["tiles.price", () => ({ price: money(line.count * line.offer.price) })] }),
      line.count === 1 ? line.seat : null);
  }

  async pay(payment, pressed) {
    this.place.replaceChildren();
    const email = this.email.value.trim();
    if (payment === "invoice" && !email) {
      this.till.querySelector("details").open = true;
      this.email.focus();
      return this.place.append(el("p", { class: "oops", role: "alert", say: ["sale.invoice_needs"] }));
    }
    const free = payment === "invitation";
    const items = this.lines.flatMap((line) => Array.from({ length: line.count }, () => ({
      performance: line.scope, tariff: line.offer.tariff, zone: line.offer.zone, price: free ? 0 : line.offer.price,
      seat: line.count === 1 ? line.seat.value.trim() : "" })));
    const body = { customer: this.name.value.trim() || t("sale.nobody"), email, language: this.language.value,
      paid: payment !== "invoice", payment, items };
    try {
      const order = await working(pressed, this.change.make("orders", body));
      return this.sold(order);
    } catch (error) {
      return this.place.append(failed(error, () => this.pay(payment, pressed)));
    }
  }

  sold(order) {
    const link = printLink(`orders/${order.number}`, "sale.print");
    const next = button("next", "sale.next", () => this.again(), { class: "btn" });
    fill(this.till,
      el("h2", { id: "till", tabindex: "-1" }, icon("tick", 24), words("sale.sold", { n: order.tickets.length })),
      el("p", { class: "big", say: ["sale.order", () => ({ number: `${order.number}`, price: money(order.total),
        payment: t(`payment.${order.payment}`) })] }),
      el("p", { class: "no" }, order.tickets.slice(0, 8).map((ticket) => ticket.number).join("  ")),
      order.payment === "invoice" ? el("p", { say: ["sale.invoiced", { email: order.email }] }) : null,
      papers(() => link.setAttribute("href", address(`orders/${order.number}`))),
      el("div", { class: "end" }, link, next,
        button(null, "sale.open", () => go("orders", order.number), { class: "btn" })));
    this.lines = [];
    link.focus();
  }

  again() {
    for (const typed of [this.name, this.email]) typed.value = "";
    this.drawTill();
    this.load();
  }
}

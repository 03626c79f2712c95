// A single ticket of an unpaid invoice: what happened, and the way out of it in one step.

import { Change } from "./api.js";
import { button, el, icon, words } from "./page.js";
import * as panel from "./panel.js";
import { reasonFields } from "./reasons.js";
import { failed, go, notice, working } from "./shell.js";
import { money } from "./texts.js";

const REASONS = ["unwell", "mistake", "changed", "another"];

export function wayOut(shown, ticket, why = null) {
  const { order, number } = shown;
  const kept = shown.valid.filter((each) => each.number !== ticket.number);
  const seats = kept.map((each) => each.seat).filter(Boolean).join("; ");
  const total = kept.reduce((sum, each) => sum + each.price, 0);
  const reason = reasonFields(REASONS);
  const change = new Change();
  const place = el("div", { class: "place" });
  const step = (n, key, values, more, moreValues) =>
    el("li", {}, el("b", { class: "n" }, `${n}`), el("span", {}, words(key, values), more && el("small", { say: [more, moreValues] })));
  const begin = kept.length
    ? button(null, "wayout.go", () => remake(), { class: "btn p" })
    : button(null, "wayout.whole", () => shown.cancel(), { class: "btn p" });
  panel.open({ title: ["wayout.title"], kind: "err" },
    el("p", { class: "lead" }, icon("warn", 28), words("wayout.why", { order: `${number}`, ticket: ticket.number })),
    kept.length
      ? el("ol", { class: "steps" },
        step(1, "wayout.cancel", { order: `${number}` }, "wayout.void", { n: shown.valid.length }),
        step(2, "wayout.new", { n: kept.length }, seats ? "wayout.seats" : "wayout.price",
          () => ({ seats, price: money(total) })),
        order.email ? step(3, "wayout.invoice", {}, "wayout.to", { email: order.email }) : step(3, "wayout.by_hand", {}))
      : el("p", { say: ["wayout.last"] }),
    ...(kept.length && why === null ? reason.nodes : []), place,
    el("div", { class: "end" }, button(null, "wayout.leave", panel.close), begin));
  for (const row of document.querySelectorAll(".row")) row.classList.toggle("sel", row.dataset.ticket === ticket.number);

  async function remake() {
    place.replaceChildren();
    const told = why ?? reason.read();
    if (told === null) return place.append(el("p", { class: "oops", role: "alert", say: ["cancel.say_why"] }));
    try {
      const made = await working(begin, change.make(`orders/${number}/remake`, { without: [ticket.number], reason: told }));
      panel.close();
      go("orders", made.order.number);
      return notice(order.email ? "wayout.done" : "wayout.done_by_hand",
        { order: `${number}`, new: `${made.order.number}`, email: order.email });
    } catch (error) {
      return place.append(failed(error, remake));
    }
  }
}

// All that happened to an order's tickets, the latest first.

import { el, icon, words } from "./page.js";
import { who } from "./session.js";
import { has, money, moment, t } from "./texts.js";

const SIGNS = { sold: "voucher", listed: "voucher", paid: "cash", unpaid: "clock", reminded: "mail", cancelled: "none",
  reactivated: "undo", reissued: "again", exchanged: "swap", disabled: "pause", enabled: "tick", check_in: "in", letter: "mail" };

export function historyLines(history, staff) {
  return el("ol", { class: "history" }, [...history].reverse().map((line) =>
    el("li", {}, el("time", { datetime: line.at, say: ["history.at", () => ({ at: moment(line.at) })] }),
      icon(sign(line), 20),
      el("div", {}, el("b", {}, words(key(line), () => values(line))), reason(line),
        staff[line.by] && el("small", { say: ["history.by", { who: staff[line.by] }] })),
      el("span", { class: "no" }, line.ticket ?? ""))));
}

const sign = (line) => (line.what !== "check_in" ? SIGNS[line.what] ?? "clock"
  : line.decision === "refuse" ? "none" : line.direction === "exit" ? "out" : "in");

function key(line) {
  if (line.what === "letter") return `history.letter_${line.kind}`;
  if (line.what === "sold" && line.exchanged_for) return "history.sold_instead";
  if (line.what === "sold" && line.instead_of) return "history.sold_instead";
  if (line.what === "cancelled") return line.refund === "none" ? "history.cancelled" : "history.cancelled_refund";
  if (line.what !== "check_in") return `history.${line.what}`;
  if (!["shown", "hold"].includes(line.kind)) return has(`history.scan_${line.kind}`) ? `history.scan_${line.kind}` : "history.scan";
  if (line.decision === "refuse") return "history.refused";
  return line.decision === "repeat" ? "history.repeat" : line.direction === "exit" ? "history.left" : "history.entered";
}

const values = (line) => ({
  ...line,
  n: line.count ?? line.reminder ?? 0,
  gate: who.gates[line.gate] ?? line.gate,
  ticket: line.replacement ?? line.exchanged_for ?? line.instead_of,
  refunded: money(line.refunded ?? 0),
  refund: line.refund ? t(`refund.${line.refund}`) : "",
  seller: line.distributor,
});

function reason(line) {
  if (line.what === "check_in") {
    return line.decision === "refuse" ? el("small", { say: [`why.${line.reason}`] }) : null;
  }
  return line.reason ? el("small", {}, line.reason) : null;
}

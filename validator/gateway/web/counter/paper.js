// Printing: which tickets, on which paper. The PDF opens in a tab of its own.

import { choice, el, field, icon, words } from "./page.js";
import * as panel from "./panel.js";

const PAPERS = ["82x203.2", "101.6x76.2", "a4"];
const KEPT = "counter.paper";

export const paper = () => (PAPERS.includes(localStorage.getItem(KEPT)) ? localStorage.getItem(KEPT) : PAPERS[0]);

export const address = (path, size = paper()) => `api/v1/${path}/print.pdf?paper=${size}`;

export function papers(changed = () => {}) {
  return choice("paper.title", PAPERS.map((size) => ({ value: size, icon: `paper-${size}`, say: [`paper.${size}`] })), paper(), (size) => {
    localStorage.setItem(KEPT, size);
    changed();
  }, { class: "papers" });
}

// A link that opens the PDF of an order or a ticket.
export function printLink(path, key = "paper.open") {
  return el("a", { class: "btn p print", target: "_blank", rel: "noopener", href: address(path) }, icon("print", 20), words(key));
}

export function print(shown) {
  const which = el("select", { on: { change: () => aim() } },
    el("option", { value: `orders/${shown.number}`, say: ["paper.all", { n: shown.valid.length }] }),
    shown.valid.map((ticket) => el("option", { value: `tickets/${ticket.number}` }, ticket.number)));
  const link = printLink(`orders/${shown.number}`);
  const aim = () => link.setAttribute("href", address(which.value));
  panel.open({ title: ["paper.print", { order: `${shown.number}` }] },
    papers(aim), field("paper.which", which), el("div", { class: "end" }, link));
}

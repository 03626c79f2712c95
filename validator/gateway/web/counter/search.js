// The field on top: order number, ticket number, name, e-mail, or a scanned ticket.

import { tell } from "./api.js";
import { el, icon, words } from "./page.js";
import { go, quiet, unread } from "./shell.js";
import { say } from "./texts.js";

const PAUSE_MS = 160;
const BURST_MS = 60;
const SHORTEST_CODE = 8;
const TICKET = /^\d{1,12}-\d{1,6}-[a-z\d]{4}$/i;

// What a scanner types, whatever keyboard layout the machine believes in: keys as on a US keyboard.
const KEYS = { Minus: "-_", Equal: "=+", Slash: "/?", Period: ".>", Comma: ",<", Semicolon: ";:", Quote: "'\"",
  BracketLeft: "[{", BracketRight: "]}", Backslash: "\\|", Backquote: "`~", Space: "  " };
const DIGITS = ")!@#$%^&*(";

let input;
let list;
let said;
let pause = 0;
let running = null;
let found = [];
let marked = -1;
let burst = { text: "", at: 0 };

export function searchField() {
  input = el("input", { id: "find", type: "search", role: "combobox", autocomplete: "off", autocapitalize: "off",
    spellcheck: "false", maxlength: 200, "aria-expanded": "false", "aria-controls": "found", "aria-autocomplete": "list",
    label: ["search.label"], placeholder: ["search.hint"],
    on: { input: typed, keydown: key, focus: () => input.select(), blur: () => setTimeout(() => document.activeElement !== input && shut(), 150) } });
  list = el("ul", { id: "found", role: "listbox", label: ["search.found"], hidden: true });
  said = el("span", { class: "unseen", role: "status" });
  return el("div", { class: "find", role: "search" }, icon("search", 22), input, list, said);
}

// Says in the field which order is shown.
export function show(text) {
  if (document.activeElement !== input) input.value = text;
}

function typed() {
  clearTimeout(pause);
  if (!input.value.trim()) return shut();
  pause = setTimeout(look, PAUSE_MS);
}

async function look(text = input.value.trim()) {
  clearTimeout(pause);
  running?.abort();
  const mine = (running = new AbortController());
  try {
    const { orders } = await tell("search", { text, limit: 8 }, crypto.randomUUID(), mine.signal);
    if (running === mine) draw(orders);
    return orders;
  } catch (error) {
    if (error.name === "AbortError" || running !== mine) return null;
    list.replaceChildren(el("li", {}, unread(error, () => look(text))));
    open();
    return null;
  }
}

function draw(orders) {
  found = orders;
  marked = -1;
  list.replaceChildren(...orders.map(line));
  if (!orders.length) list.append(el("li", { class: "none", say: ["search.nothing"] }));
  say(said, "search.count", { n: orders.length });
  open();
}

function line(order, place) {
  const state = order.distributor ? words("search.reseller") : order.paid ? words("search.paid") : words("search.unpaid");
  return el("li", { id: `found-${place}`, role: "option", "aria-selected": "false",
    on: { mousedown: (event) => event.preventDefault(), click: () => enter(order) } },
  el("b", { say: ["order.title", { number: `${order.number}` }] }),
  el("span", { class: "name" }, order.customer, order.email && el("small", {}, order.email)),
  el("span", { class: "end" }, words("search.tickets", { n: order.tickets.length }), state));
}

function enter(order, ticket = "") {
  running?.abort();
  shut();
  input.value = ticket || `${order.number}`;
  input.select();
  quiet();
  go("orders", order.number, ...(ticket ? ["tickets", ticket] : []));
}

async function key(event) {
  if (event.key.length === 1 || event.key === "Enter") scanned(event);
  if (event.key === "Escape") {
    if (!list.hidden) event.preventDefault();
    return shut();
  }
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    return mark(marked + (event.key === "ArrowDown" ? 1 : -1));
  }
  if (event.key !== "Enter") return;
  event.preventDefault();
  if (marked >= 0) return enter(found[marked]);
  const text = input.value.trim();
  const keys = burst.text.length >= SHORTEST_CODE && burst.text !== text ? burst.text : "";
  burst = { text: "", at: 0 };
  if (!text) return;
  const orders = await look(text);
  if (orders && (orders.length === 1 || orders[0]?.score === 100)) return enter(orders[0], TICKET.test(text) ? text.toUpperCase() : "");
  // Nothing of that name: a scanner may have typed through another keyboard layout than its own.
  const again = keys && orders ? await look(keys) : null;
  if (again?.[0]?.score === 100) enter(again[0]);
}

// A scanner types faster than people do; its keys are read as they are engraved.
function scanned(event) {
  const fast = event.timeStamp - burst.at < BURST_MS;
  if (event.key === "Enter") {
    if (!fast) burst.text = "";
    return;
  }
  burst = { text: (fast ? burst.text : "") + engraved(event), at: event.timeStamp };
}

function engraved({ code, key, shiftKey }) {
  if (code.startsWith("Key")) return shiftKey ? code.at(-1) : code.at(-1).toLowerCase();
  if (/^Digit\d$/.test(code)) return shiftKey ? DIGITS[code.at(-1)] : code.at(-1);
  if (/^Numpad\d$/.test(code)) return code.at(-1);
  return KEYS[code]?.[shiftKey ? 1 : 0] ?? key;
}

function mark(place) {
  if (!found.length || list.hidden) return;
  marked = (place + found.length) % found.length;
  [...list.children].forEach((item, index) => item.setAttribute("aria-selected", index === marked));
  list.children[marked].scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", `found-${marked}`);
}

function open() {
  list.hidden = document.activeElement !== input;
  input.setAttribute("aria-expanded", !list.hidden);
}

function shut() {
  clearTimeout(pause);
  list.hidden = true;
  marked = -1;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

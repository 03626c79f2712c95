// What the page says, in five languages. Texts are bound to their nodes, so that switching the
// language writes them anew in place: forms keep what was typed, dialogs stay open.

export const LANGUAGES = ["en", "fr", "de", "es", "it"];
const PARTS = ["counter", "imports"];
const ATTRIBUTES = { label: "aria-label", placeholder: "placeholder", hint: "title" };
const KEPT = "counter.language";

const bound = new WeakMap();
const known = new Map();
let language = "en";
let words = {};

export const speaks = () => language;

export async function begin() {
  const wished = [localStorage.getItem(KEPT), ...navigator.languages.map((tag) => tag.slice(0, 2))];
  await speak(wished.find((tag) => LANGUAGES.includes(tag)) ?? "en");
}

export async function speak(wanted) {
  if (!known.has(wanted)) known.set(wanted, await load(wanted));
  language = wanted;
  words = known.get(wanted);
  localStorage.setItem(KEPT, wanted);
  document.documentElement.lang = wanted;
  for (const node of document.querySelectorAll("[data-said]")) {
    for (const [slot, [key, values]] of bound.get(node) ?? []) write(node, slot, key, values);
  }
  document.dispatchEvent(new Event("language"));
}

async function load(wanted) {
  const files = PARTS.map(async (part) => (await fetch(`texts/${part}.${wanted}.json`)).json());
  return Object.assign({}, ...(await Promise.all(files)));
}

// Values may be a function, for dates and amounts, which are written anew too.
export function t(key, values = {}) {
  const given = typeof values === "function" ? values() : values;
  const plural = `${key}.${new Intl.PluralRules(language).select(given.n ?? 0)}`;
  const text = words[key] ?? words[plural] ?? words[`${key}.other`] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => {
    const value = given[name];
    return typeof value === "number" ? number(value) : (value ?? "");
  });
}

export const has = (key) => key in words || `${key}.other` in words;

export function say(node, key, values, slot = "text") {
  if (!bound.has(node)) bound.set(node, new Map());
  bound.get(node).set(slot, [key, values]);
  node.dataset.said = "";
  write(node, slot, key, values);
  return node;
}

function write(node, slot, key, values) {
  if (slot === "text") node.textContent = t(key, values);
  else node.setAttribute(ATTRIBUTES[slot], t(key, values));
}

export const number = (value) => new Intl.NumberFormat(language).format(value);

export const money = (cents) =>
  new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(cents / 100);

// Returns cents, null if it is no amount.
export function cents(text) {
  const plain = text.trim().replace(/[\s'’]/g, "").replace(",", ".");
  return /^\d{1,7}(\.\d{1,2})?$/.test(plain) ? Math.round(Number(plain) * 100) : null;
}

const dated = (iso, options, zone) =>
  new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { ...options, timeZone: zone }).format(new Date(iso));

export const day = (iso, zone) => dated(iso, { day: "numeric", month: "long" }, zone);
export const shortDay = (iso) => dated(iso, { day: "numeric", month: "short" });
export const weekday = (iso, zone) => dated(iso, { weekday: "short", day: "numeric", month: "short" }, zone);
export const hour = (iso, zone) => dated(iso, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }, zone);
export const moment = (iso) =>
  new Date(iso).toDateString() === new Date().toDateString() ? hour(iso) : `${day(iso)}, ${hour(iso)}`;

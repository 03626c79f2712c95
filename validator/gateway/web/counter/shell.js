// The frame around every section: search on top, who is signed in, what the page has to say.

import { attend, request } from "./api.js";
import { button, el, icon, words } from "./page.js";
import { leave, signIn, who } from "./session.js";
import { LANGUAGES, has, hour, say, speak, speaks } from "./texts.js";

const ASK_AGAIN_MS = 2_000;
const NAMES = { en: "English", fr: "Français", de: "Deutsch", es: "Español", it: "Italiano" };

const main = el("main", { id: "main", tabindex: "-1" });
const told = el("div", { class: "told", role: "status" });
const silence = el("div", { role: "alert" });
let sections = [];
let leaveSection = null;
let asking = 0;
let toldAt = "";

// The search field comes from outside: it leads to what this frame shows.
export function build(all, search) {
  sections = all;
  attend(signIn, answers);
  document.body.append(
    el("a", { class: "skip", href: "#main", say: ["shell.skip"], on: { click: skip } }),
    bar(search), silence, told, main);
  addEventListener("hashchange", route);
  document.addEventListener("keydown", shortcut);
  document.addEventListener("signed-in", named);
  named();
  tick();
  setInterval(tick, 1000);
  route();
}

export const go = (...parts) => {
  const wanted = `#/${parts.join("/")}`;
  if (location.hash === wanted) route();
  else location.hash = wanted;
};

// Says that something is done; it goes when the next thing is said or another address comes.
export function notice(key, values) {
  toldAt = location.hash;
  told.replaceChildren(el("p", { class: "done" }, icon("tick", 20), words(key, values),
    button("x", null, () => told.replaceChildren(), { class: "btn plain", label: ["shell.close"] })));
}

export const quiet = () => told.replaceChildren();

// What went wrong, for people, and a way to try again with everything that was typed.
export function failed(error, again) {
  const key = `error.${error.code}`;
  const sentence = error.code && has(key) ? words(key, { n: error.facts.days, ...error.facts }) : words("error.unknown", { text: error.message });
  return el("div", { class: "oops", role: "alert" }, icon("warn", 20), el("div", {}, sentence,
    again && (error.status === 0 || error.status >= 500)
      ? el("p", { class: "btns" }, button("again", "error.again", again))
      : null));
}

// The same for what is only read: it is tried again by itself once the gateway answers.
export function unread(error, again) {
  const told = failed(error, again);
  if (error.status === 0) document.addEventListener("answers", () => told.isConnected && again(), { once: true });
  return told;
}

// Shows that a button's work goes on; a second click would not help.
export async function working(node, promise) {
  node.disabled = true;
  node.setAttribute("aria-busy", "true");
  try {
    return await promise;
  } finally {
    node.disabled = false;
    node.removeAttribute("aria-busy");
  }
}

function bar(search) {
  const language = el("select", { label: ["shell.language"], on: { change: () => speak(language.value) } },
    LANGUAGES.map((tag) => el("option", { value: tag, lang: tag, selected: tag === speaks() }, NAMES[tag])));
  return el("header", { class: "bar" },
    el("a", { class: "mark", href: "#/", label: ["shell.home"] }, icon("gate", 30)),
    search,
    el("nav", { label: ["shell.nav"] }, sections.map((section) =>
      el("a", { class: "tab", href: `#/${section.id}`, "data-section": section.id }, icon(section.icon, 22), words(section.title)))),
    el("div", { class: "who" }, el("span", {}, el("b", { id: "who" }), el("span", { id: "now" })), language,
      button("out", null, leave, { class: "btn plain", label: ["shell.leave"], hint: ["shell.leave"] })));
}

function route() {
  const [id, ...rest] = location.hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decodeURIComponent);
  const section = sections.find((each) => each.id === id && allowed(each)) ?? sections[0];
  leaveSection?.();
  if (location.hash !== toldAt) quiet();
  for (const link of document.querySelectorAll("[data-section]")) {
    if (link.dataset.section === section.id) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  main.className = section.id;
  main.replaceChildren();
  leaveSection = section.show(main, rest) ?? null;
  scrollTo(0, 0);
}

const allowed = (section) => section.allowed?.() ?? true;

function skip(event) {
  event.preventDefault();
  main.focus();
}

function shortcut(event) {
  if (event.key !== "/" || event.target.closest("input, textarea, select")) return;
  event.preventDefault();
  document.getElementById("find").focus();
}

function named() {
  document.getElementById("who").textContent = who.name;
  for (const section of sections) document.querySelector(`[data-section=${section.id}]`).hidden = !allowed(section);
  say(document.querySelector("title"), "shell.title", { venue: who.venue });
}

function tick() {
  document.getElementById("now").textContent = hour(new Date().toISOString());
}

// While nothing answers, asks from time to time; what people see goes away by itself.
function answers(heard) {
  const back = heard && silence.hasChildNodes();
  if (heard) silence.replaceChildren();
  else if (!silence.hasChildNodes()) silence.append(el("p", { class: "notice" }, icon("warn", 20), words("shell.silent")));
  if (back) document.dispatchEvent(new Event("answers"));
  clearTimeout(asking);
  if (!heard) asking = setTimeout(() => request("session", {}, false).catch(() => {}), ASK_AGAIN_MS);
}

// Nodes. Everything shown goes in as text, never as markup.

import { say } from "./texts.js";

const SVG = "http://www.w3.org/2000/svg";
const SAID = { say: "text", label: "label", placeholder: "placeholder", hint: "hint" };

// Options: class, value, on: {event: handler}; say, label, placeholder, hint: [key, values];
// everything else is an attribute, left out if false or null.
export function el(tag, options = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === null || value === false) continue;
    if (name in SAID) say(node, value[0], value[1], SAID[name]);
    else if (name === "class") node.className = value;
    else if (name === "on") for (const [event, handler] of Object.entries(value)) node.addEventListener(event, handler);
    else if (name === "value" || name === "checked") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...kept(children));
  return node;
}

// Gives a node new children; those that are null, undefined or false are left out.
export function fill(node, ...children) {
  node.replaceChildren(...kept(children));
  return node;
}

const kept = (children) => children.flat().filter((child) => child !== null && child !== undefined && child !== false);

export const words = (key, values) => el("span", { say: [key, values] });

export function icon(name, size = 20) {
  const node = document.createElementNS(SVG, "svg");
  node.setAttribute("class", `i i${size}`);
  node.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  node.append(use);
  return node;
}

export function button(name, key, click, options = {}) {
  const { values, ...others } = options;
  return el("button", { type: "button", class: "btn", ...others, on: { click } },
    name && icon(name, 20), key && words(key, values));
}

let fields = 0;

// A labelled control; the label is the control's name for everyone.
export function field(key, control, options = {}) {
  control.id ||= `field-${(fields += 1)}`;
  return el("div", { class: `field ${options.class ?? ""}` },
    el("label", { for: control.id, say: [key, options.values] }), control);
}

// One of a few, as large buttons of a radio group. Choices: {value, icon, say: [key, values]}.
export function choice(key, choices, chosen, changed, options = {}) {
  const name = `choice-${(fields += 1)}`;
  const group = el("fieldset", { class: `choice ${options.class ?? ""}` }, el("legend", { say: [key] }));
  for (const each of choices) {
    const radio = el("input", { type: "radio", name, value: each.value, checked: each.value === chosen,
      on: { change: () => changed(each.value) } });
    group.append(el("label", {}, radio, el("span", { class: "face" },
      each.icon && icon(each.icon, 24), el("span", { say: each.say }))));
  }
  return group;
}

export const chosen = (group) => group.querySelector("input:checked")?.value;

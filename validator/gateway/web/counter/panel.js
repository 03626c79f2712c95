// A dialog beside the order, never over it: what it is about stays in sight.

import { button, el } from "./page.js";

let home = null;
let opener = null;
let shut = () => {};

// Where the dialog stands; `closed` is told when it is gone.
export function dwell(node, closed) {
  home = node;
  shut = closed;
}

// Shows a dialog. Options: title: [key, values], kind: a class. Its first control gets the focus.
export function open(options, ...children) {
  if (!home.querySelector("[role=dialog]")) opener = document.activeElement;
  const dialog = el("section", { class: `dlg ${options.kind ?? ""}`, role: "dialog", "aria-labelledby": "dialog-title",
    on: { keydown: (event) => event.key === "Escape" && close() } },
  el("div", { class: "hd" }, el("h2", { id: "dialog-title", tabindex: "-1", say: options.title }),
    button("x", null, close, { class: "btn plain", label: ["shell.close"] })),
  ...children);
  home.replaceChildren(dialog);
  document.body.classList.add("asking");
  dialog.scrollIntoView({ block: "nearest" });
  dialog.querySelector("h2").focus({ preventScroll: true });
  return dialog;
}

export function close() {
  document.body.classList.remove("asking");
  if (!home?.querySelector("[role=dialog]")) return;
  const back = opener;
  shut();
  if (back?.isConnected) back.focus();
}

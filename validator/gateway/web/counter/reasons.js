// Why something is taken back: one of the usual reasons, and a note.

import { el, field } from "./page.js";
import { t } from "./texts.js";

const LONGEST = 120;

// Returns its nodes, and `read`: the reason as the accounts keep it, null if a note is lacking.
export function reasonFields(usual) {
  const select = el("select", {}, usual.map((key) => el("option", { value: key, say: [`reason.${key}`] })));
  const note = el("textarea", { rows: 2, maxlength: LONGEST, placeholder: ["reason.note_hint"], label: ["reason.note"] });
  return {
    nodes: [field("reason.title", select), note],
    read() {
      const text = note.value.trim();
      if (select.value === "another" && !text) {
        note.setAttribute("aria-invalid", "true");
        note.focus();
        return null;
      }
      note.removeAttribute("aria-invalid");
      return select.value === "another" ? text : [t(`reason.${select.value}`), text].filter(Boolean).join(": ");
    },
  };
}

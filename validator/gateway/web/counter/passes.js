// What is taken back without money: a cancellation, and a pass that is disabled or enabled.

import { Change } from "./api.js";
import { button, el, icon, words } from "./page.js";
import * as panel from "./panel.js";
import { reasonFields } from "./reasons.js";
import { failed, working } from "./shell.js";

const REASONS = ["misuse", "lost", "unpaid", "another"];

export const back = (shown, ticket) =>
  ask(shown, ticket, { word: "back", path: "reactivate", facts: [["gate", "back.admitted"], ["seat", "back.seat"], ["cash", "back.money"]] });

export const suspend = (shown, ticket) =>
  ticket.disabled
    ? ask(shown, ticket, { word: "enable", path: "enable", facts: [["gate", "enable.admitted"]] })
    : ask(shown, ticket, { word: "disable", path: "disable", facts: [["gate", "disable.refused"], ["undo", "disable.back"]],
      reason: reasonFields(REASONS) });

function ask(shown, ticket, { word, path, facts, reason }) {
  const change = new Change();
  const place = el("div", { class: "place" });
  const go = button(null, `${word}.go`, () => send(), { class: "btn p" });
  panel.open({ title: [`${word}.title`, { ticket: ticket.number }] },
    el("ul", { class: "facts" }, facts.map(([sign, key]) => el("li", {}, icon(sign, 20), words(key)))),
    ...(reason?.nodes ?? []), place,
    el("div", { class: "end" }, button(null, "back.leave", panel.close), go));

  async function send() {
    place.replaceChildren();
    const why = reason ? reason.read() : "";
    if (why === null) return place.append(el("p", { class: "oops", role: "alert", say: ["cancel.say_why"] }));
    try {
      await working(go, change.make(`tickets/${ticket.number}/${path}`, reason ? { reason: why } : {}));
      return await shown.done(`${word}.done`, { ticket: ticket.number });
    } catch (error) {
      return place.append(failed(error, send));
    }
  }
}

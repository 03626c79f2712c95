// What an import would do, and which rows have a problem.

import { ask } from "./api.js";
import { button, el, icon, words } from "./page.js";
import { failed, working } from "./shell.js";
import { has } from "./texts.js";

// What went wrong with a file, for people.
export function oops(error, again) {
  const key = `imports.error_${error.code}`;
  if (!has(key)) return failed(error, again);
  return el("div", { class: "oops", role: "alert" }, icon("warn", 20), words(key, { n: error.facts.count }));
}

export class Outcome {
  constructor(id, figures, run) {
    this.id = id;
    this.after = 0;
    const troubled = Object.values(figures.troubles).reduce((sum, each) => sum + each, 0);
    this.list = el("tbody", {});
    this.further = button("plus", "imports.more_rows", () => this.load());
    this.place = el("div", {});
    this.go = button("tick", "imports.go", run, { class: "btn p" });
    const line = (key, n) => el("div", {}, el("dt", { say: [key] }), el("dd", { say: ["imports.count", { n }] }));
    this.node = el("section", { class: "card" }, el("h2", { say: ["imports.checked"] }),
      el("dl", {}, line("imports.found", figures.found), line("imports.listed", figures.listed), line("imports.known", figures.known),
        line("imports.cancelled", figures.cancelled), line("imports.troubled", troubled)),
      troubled > 0 && el("div", { class: "sheet problems", tabindex: "0", role: "region", label: ["imports.troubled"] }, el("table", {}, this.list)),
      troubled > 0 && el("div", { class: "btns" }, this.further), this.place,
      figures.cancelled > 0 && el("p", { class: "oops" }, icon("warn", 20), words("imports.will_cancel", { n: figures.cancelled })),
      figures.listed + figures.cancelled > 0
        ? el("div", { class: "btns" }, this.go) : el("p", { class: "none", say: ["imports.nothing"] }));
  }

  async load() {
    try {
      const { problems } = await working(this.further, ask(`imports/${this.id}/problems?after=${this.after}`));
      this.list.append(...problems.map((each) => el("tr", {}, el("th", { scope: "row" }, `${each.row}`),
        el("td", { say: [`imports.problem_${each.problem}`, { detail: each.detail }] }))));
      this.after = problems.at(-1)?.row ?? this.after;
      this.further.hidden = problems.length < 1000;
    } catch (error) {
      this.place.replaceChildren(oops(error, () => this.load()));
    }
  }
}

// A file's first and last rows, and what their columns mean.

import { el, field, fill } from "./page.js";
import { oops } from "./outcome.js";

const MEANINGS = ["barcode", "performance", "tariff", "zone", "seat", "status"];
const SEPARATORS = ["semicolon", "comma", "tab", "bar"];
const ENCODINGS = ["utf-8", "latin-1", "utf-16"];
const MOST_COLUMNS = 30;

export class Mapping {
  // Told of every change; looks at the file again when it is to be read in another way.
  constructor(looked, changed, look) {
    this.changed = changed;
    this.look = look;
    this.table = el("div", { class: "sheet", tabindex: "0", role: "region", label: ["imports.sheet"] });
    this.trouble = el("div", {});
    const again = { on: { change: () => this.again() } };
    const ends = { type: "number", min: 0, max: 1000, on: { input: () => this.mark() } };
    this.separator = el("select", again, SEPARATORS.map((name) => el("option", { value: name, say: [`imports.${name}`] })));
    this.encoding = el("select", again, ENCODINGS.map((name) => el("option", { value: name }, name.toUpperCase())));
    this.first = el("input", ends);
    this.last = el("input", ends);
    this.digits = el("input", { type: "number", min: 1, max: 48, on: { input: changed } });
    this.missing = el("input", { type: "checkbox", on: { change: changed } });
    this.node = el("div", {},
      el("div", { class: "fields four" }, field("imports.separator", this.separator), field("imports.encoding", this.encoding),
        field("imports.first", this.first), field("imports.last", this.last)),
      this.trouble, this.table,
      el("details", {}, el("summary", { say: ["imports.more"] }), field("imports.digits", this.digits),
        el("label", { class: "tickbox" }, this.missing, el("span", { say: ["imports.missing"] }))));
    this.take(looked);
  }

  take(looked) {
    this.looked = looked;
    this.columns = Object.fromEntries(Object.entries(looked.columns ?? {}).filter(([, place]) => place !== null));
    this.separator.value = looked.separator;
    this.encoding.value = looked.encoding;
    this.first.value = looked.first;
    this.last.value = looked.last;
    this.draw();
  }

  // What is chosen meanwhile would be lost with the columns that it was chosen for.
  async again() {
    this.changed();
    const choosers = this.table.querySelectorAll("select");
    for (const select of choosers) select.disabled = true;
    try {
      this.take(await this.look({ separator: this.separator.value, encoding: this.encoding.value }));
      fill(this.trouble);
    } catch (error) {
      for (const select of choosers) select.disabled = false;
      fill(this.trouble, oops(error, () => this.again()));
    }
  }

  draw() {
    const rows = [...this.looked.head, ...this.looked.tail];
    const width = Math.min(MOST_COLUMNS, Math.max(1, ...rows.map((row) => row.cells.length)));
    const places = [...Array(width).keys()];
    this.rows = rows.map((row) => [row.row, el("tr", { class: row.problem && "bad" }, el("th", { scope: "row" }, `${row.row}`),
      row.problem ? el("td", { colspan: width, say: [`imports.problem_${row.problem}`] })
        : places.map((place) => el("td", {}, row.cells[place] ?? "")))]);
    fill(this.table, el("table", {},
      el("thead", {}, el("tr", {}, el("th", { say: ["imports.row"] }), places.map((place) => el("th", {}, this.chooser(place))))),
      el("tbody", {}, this.rows.map(([, row]) => row))));
    this.mark();
  }

  chooser(place) {
    const now = MEANINGS.find((meaning) => this.columns[meaning] === place) ?? "";
    const select = el("select", { label: ["imports.column", { n: place + 1 }], "data-column": place,
      on: { change: () => this.choose(place, select.value) } },
      el("option", { value: "", selected: !now, say: ["imports.unused"] }),
      MEANINGS.map((meaning) => el("option", { value: meaning, selected: meaning === now, say: [`imports.${meaning}`] })));
    return select;
  }

  // A meaning has one column.
  choose(place, meaning) {
    for (const each of MEANINGS) if (this.columns[each] === place) delete this.columns[each];
    if (meaning) this.columns[meaning] = place;
    for (const select of this.table.querySelectorAll("select")) {
      const own = Number(select.dataset.column);
      select.value = MEANINGS.find((each) => this.columns[each] === own) ?? "";
    }
    this.mark();
  }

  // Shows which rows are left out, and which column counts.
  mark() {
    this.changed();
    const end = this.looked.rows - Number(this.last.value);
    for (const [number, row] of this.rows) {
      row.classList.toggle("off", number <= Number(this.first.value) || number > end);
      [...row.querySelectorAll("td")].forEach((cell, place) => cell.classList.toggle("code", place === this.columns.barcode));
    }
  }

  read() {
    return { separator: this.separator.value, encoding: this.encoding.value, columns: this.columns,
      first: Number(this.first.value) || 0, last: Number(this.last.value) || 0,
      digits: Number(this.digits.value) || null, cancel_missing: this.missing.checked };
  }
}

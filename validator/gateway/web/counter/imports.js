// Resellers' tickets out of a file: handed in, looked at, checked, listed.

import { Failed, ask, send, tell } from "./api.js";
import { Mapping } from "./columns.js";
import { Outcome, oops } from "./outcome.js";
import { button, choice, el, field, fill, icon, words } from "./page.js";
import * as plan from "./plan.js";
import { answers } from "./session.js";
import { notice, unread, working } from "./shell.js";
import { moment, t } from "./texts.js";

const FNAC = "FNAC/FranceBillet";
const NEW = "";
const PERIOD_MS = 400;

export const section = {
  id: "imports",
  icon: "file",
  title: "imports.title",
  allowed: answers,
  show(root) {
    const page = new Imports(root);
    page.load();
    return () => page.leave();
  },
};

class Imports {
  constructor(root) {
    this.gone = false;
    this.tab = "fnac";
    this.desk = el("div", {});
    this.preview = el("div", {});
    this.result = el("div", {});
    this.latest = el("section", { class: "card" });
    root.append(el("h1", { say: ["imports.title"] }), el("p", { class: "sub", say: ["imports.what"] }),
      this.desk, this.preview, this.result, this.latest);
  }

  async load() {
    try {
      const [{ tariffs }, { distributors }] = await Promise.all([ask("events"), ask("distributors"), plan.refresh()]);
      if (this.gone) return;
      this.draw(tariffs.map((tariff) => tariff.id), distributors);
      await this.loadLatest();
    } catch (error) {
      if (!this.gone) fill(this.desk, unread(error, () => this.load()));
    }
  }

  draw(tariffs, distributors) {
    const shows = plan.onSale().filter((show) => !show.pass);
    const changed = () => this.unchecked();
    this.name = el("input", { type: "text", maxlength: 100, autocomplete: "off", on: { input: changed } });
    this.known = el("select", { on: { change: () => this.others() } },
      distributors.filter((name) => name !== FNAC).map((name) => el("option", { value: name }, name)),
      el("option", { value: NEW, say: ["imports.new"] }));
    this.performance = el("select", { on: { change: () => this.zones() } }, shows.map((show) =>
      el("option", { value: show.scope, say: ["imports.show", () => ({ name: show.name, day: moment(show.start) })] })));
    this.tariff = el("select", { on: { change: changed } }, tariffs.map((id) =>
      el("option", { value: id, say: ["imports.named", () => ({ name: plan.tariffName(id) })] })));
    this.zone = el("select", { on: { change: changed } });
    this.file = el("input", { type: "file", accept: ".csv,.txt,.tsv,text/csv,text/plain", on: { change: () => this.upload() } });
    this.whose = el("div", { class: "fields" }, field("imports.distributor", this.known), this.named = field("imports.new_name", this.name));
    const tabs = choice("imports.seller", [
      { value: "fnac", say: ["imports.named", { name: FNAC }] }, { value: "others", say: ["imports.others"] },
    ], this.tab, (tab) => { this.tab = tab; this.others(); }, { class: "half" });
    fill(this.desk, el("section", { class: "card" }, tabs, this.whose,
      el("div", { class: "fields" }, field("imports.performance", this.performance),
        field("imports.tariff", this.tariff), field("imports.zone", this.zone)),
      field("imports.file", this.file), this.sending = el("div", {})));
    this.zones();
    this.others();
  }

  others() {
    this.whose.hidden = this.tab === "fnac";
    this.named.hidden = this.known.value !== NEW;
    this.unchecked();
  }

  zones() {
    const zones = plan.show(Number(this.performance.value))?.zones ?? new Map();
    fill(this.zone, el("option", { value: "", say: ["imports.all_zones"] }),
      [...zones].map(([bit, name]) => el("option", { value: bit }, name)));
    this.unchecked();
  }

  async upload() {
    const [file] = this.file.files;
    if (!file) return;
    await this.forget();
    fill(this.preview);
    fill(this.result);
    const bar = el("progress", { max: 1, label: ["imports.sending"] });
    fill(this.sending, el("p", { class: "phase" }, words("imports.sending"), bar));
    this.file.disabled = true;
    try {
      const looked = await send("imports", file, { type: "application/octet-stream",
        progress: (sent, whole) => { bar.value = sent / whole; } });
      this.id = looked.id;
      if (this.gone) return void this.forget();
      fill(this.sending);
      this.showPreview(looked, file.name);
    } catch (error) {
      fill(this.sending, oops(error, () => this.upload()));
    } finally {
      this.file.disabled = false;
    }
  }

  showPreview(looked, name) {
    this.mapping = new Mapping(looked, () => this.unchecked(), (form) => tell(`imports/${this.id}/look`, form, crypto.randomUUID()));
    this.checks = button("search", "imports.check", () => this.check(), { class: "btn p" });
    fill(this.preview, el("section", { class: "card" },
      el("h2", { say: ["imports.preview", { name, n: looked.rows }] }), this.mapping.node,
      el("div", { class: "btns" }, this.checks)));
    this.preview.scrollIntoView({ block: "start" });
  }

  // What was checked is not what would be imported any more.
  unchecked() {
    if (!this.busy) fill(this.result);
  }

  get distributor() {
    if (this.tab === "fnac") return FNAC;
    return this.known.value === NEW ? this.name.value.trim() : this.known.value;
  }

  // Returns what is to be done, null if something is missing, which is said.
  plan() {
    const missing = !this.distributor ? "imports.say_name" : this.mapping.columns.barcode === undefined ? "imports.say_barcode" : null;
    if (missing) {
      fill(this.result, el("p", { class: "oops", role: "alert", say: [missing] }));
      return null;
    }
    return { distributor: this.distributor, performance: Number(this.performance.value) || null,
      tariff: Number(this.tariff.value) || null, zone: this.zone.value === "" ? null : Number(this.zone.value),
      ...this.mapping.read() };
  }

  async check() {
    const wanted = this.plan();
    if (!wanted) return;
    const done = await this.work("check", wanted, this.checks);
    if (!done) return;
    const outcome = new Outcome(this.id, done.figures, () => this.run(wanted, done.figures, outcome.go));
    fill(this.result, outcome.node);
    outcome.load();
    this.result.scrollIntoView({ block: "start" });
  }

  async run(wanted, figures, pressed) {
    const done = await this.work("run", { ...wanted, at_most: figures.cancelled }, pressed);
    if (!done) return;
    notice("imports.done", { distributor: wanted.distributor, n: done.figures.listed });
    await this.forget();
    this.file.value = "";
    fill(this.preview);
    fill(this.result);
    scrollTo(0, 0);
    await this.load();
  }

  // Returns how the work ended; null if it did not end well, which is said, or was stopped.
  async work(what, wanted, pressed) {
    const { id } = this;
    const bar = el("progress", { max: 1, label: ["imports.working"] });
    const phase = words("imports.reading");
    this.busy = true;
    fill(this.result, el("section", { class: "card" }, el("p", { class: "phase" }, phase, bar),
      el("div", { class: "btns" }, button("x", "imports.stop", () => this.stop()))));
    try {
      return await working(pressed, this.ended(id, await tell(`imports/${id}/${what}`, wanted, crypto.randomUUID()), phase, bar));
    } catch (error) {
      if (!this.gone && this.id === id) fill(this.result, oops(error, () => this.check()));
      return null;
    } finally {
      this.busy = false;
    }
  }

  async ended(id, status, phase, bar) {
    while (status.working) {
      phase.textContent = t(`imports.${status.phase}`);
      bar.value = status.share;
      await new Promise((resolve) => setTimeout(resolve, PERIOD_MS));
      if (this.id !== id) return null;
      status = await ask(`imports/${id}`);
    }
    if (status.error) throw new Failed(400, status.error);
    return status;
  }

  // Nothing of it stays: the file has to be handed in again.
  async stop() {
    await this.forget();
    this.file.value = "";
    fill(this.preview);
    fill(this.result, el("p", { class: "oops", role: "alert", say: ["imports.stopped"] }));
  }

  async forget() {
    const id = this.id;
    this.id = null;
    if (id) await tell(`imports/${id}/forget`, {}, crypto.randomUUID()).catch(() => {});
  }

  async loadLatest() {
    const { imports } = await ask("imports");
    fill(this.latest, el("h2", { say: ["imports.latest"] }), imports.length === 0
      ? el("p", { class: "none", say: ["imports.none"] })
      : el("ul", { class: "taken" }, imports.slice(0, 10).map((each) => el("li", {}, icon("file", 20),
        el("b", {}, each.distributor), el("span", { say: ["imports.taken", { listed: each.listed, cancelled: each.cancelled }] }),
        el("time", { say: ["imports.named", () => ({ name: moment(each.at) })] })))));
  }

  leave() {
    this.gone = true;
    this.forget();
  }
}

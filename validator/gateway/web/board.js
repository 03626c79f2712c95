// Live board: figures of /api/v1/counts/stream. Everything shown goes in as text, never as markup.

const REASONS = {
  malformed: "Not a ticket", unknown: "Unknown ticket", unknown_key: "Unknown issuer",
  bad_signature: "Forged", wrong_event: "Other event", wrong_date: "Other performance",
  wrong_zone: "Other zone", wrong_gate: "Other gate", wrong_tariff: "Tariff not for this gate",
  cancelled: "Cancelled", exchanged: "Exchanged for another", suspended: "Pass suspended",
  blocked: "Blocked", unpaid: "Not paid", unapproved: "Not approved", too_early: "Too early",
  too_late: "Too late", already_used: "Already in", passback: "Has not left yet",
  limit_reached: "More people than it admits", rule: "House rule", incomplete: "Answer missing",
  ambiguous: "Two tickets share the code", stale_data: "Too new to know",
  attention: "Something to look at",
};
const USED = ["already_used", "passback", "limit_reached"];
const VERDICTS = [
  ["admit", "let through"], ["check", "looked at first"], ["used", "already in"],
  ["refuse", "no entry"], ["repeat", "same ticket again"],
];
const LATE_S = 60;
const SILENT_MS = 15_000;

const number = new Intl.NumberFormat("en");
const hour = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" });
const $ = (id) => document.getElementById(id);

let counts = null;
let heardAt = 0;

function el(tag, cls, ...children) {
  const node = document.createElement(tag);
  if (cls) node.className = cls;
  node.append(...children.filter((child) => child !== null));
  return node;
}

function svg(name, cls) {
  const space = "http://www.w3.org/2000/svg";
  const node = document.createElementNS(space, "svg");
  if (cls) node.setAttribute("class", cls);
  node.setAttribute("aria-hidden", "true");
  node.append(document.createElementNS(space, "use"));
  node.firstChild.setAttribute("href", `#${name}`);
  return node;
}

const people = (count, word) => `${number.format(count)} ${word}${count === 1 ? "" : "s"}`;

function ago(seconds) {
  if (seconds === null) return "never";
  if (seconds < 100) return `${Math.round(seconds)} s ago`;
  if (seconds < 6000) return `${Math.round(seconds / 60)} min ago`;
  return `${Math.round(seconds / 3600)} h ago`;
}

const since = () => (performance.now() - heardAt) / 1000;
const age = (source) => (source.age_s === null ? null : source.age_s + since());
const warning = (what, so) =>
  el("p", "warn", svg("warn", "i"), el("span", "", el("b", "", what), el("span", "", so)));

function figure(value, word, big) {
  return el("div", big ? "fig big" : "fig", el("b", "", number.format(value)), el("span", "", word));
}

function show(performance_) {
  const start = new Date(performance_.start);
  const when = `${day.format(start)} · doors ${hour.format(new Date(performance_.doors))} · starts ${hour.format(start)}`;
  return el("article", "show", el("h3", "", performance_.name), el("p", "when", when),
    figure(performance_.inside, counts.lanes.connected < counts.lanes.enrolled ? "inside, at least" : "inside", true),
    figure(performance_.entered, "entered"), figure(performance_.left, "left"));
}

function bar(part, whole) {
  const fill = el("i", "");
  fill.style.width = whole ? `${(100 * part) / whole}%` : "0";
  return el("div", "bar", fill);
}

function row(name, note, value, noteAfter, part, whole) {
  return el("div", "row",
    el("div", "n", name, note ? el("small", "", ` ${note}`) : null),
    el("div", "v", value, noteAfter ? el("small", "", ` ${noteAfter}`) : null),
    whole === undefined ? null : bar(part, whole));
}

function gates() {
  const most = Math.max(1, ...counts.gates.map((gate) => gate.entered + gate.left));
  const rows = counts.gates.map((gate) => {
    const out = gate.left > gate.entered;
    const other = out ? gate.entered && `${number.format(gate.entered)} in` : gate.left && `${number.format(gate.left)} out`;
    return row(gate.name, gate.lanes === undefined ? "" : people(gate.lanes, "lane"),
      number.format(out ? gate.left : gate.entered), [out ? "out" : "in", other || ""].filter(Boolean).join(", "),
      gate.entered + gate.left, most);
  });
  return rows.length ? rows : [el("p", "say", "No gate is set up yet.")];
}

function tariffs() {
  const several = counts.performances.length > 1;
  const most = Math.max(1, ...counts.tariffs.map((tariff) => tariff.entered));
  const found = [];
  for (const performance_ of counts.performances) {
    const rows = counts.tariffs.filter((tariff) => tariff.scope === performance_.scope);
    if (several && rows.length) found.push(el("p", "group", performance_.name));
    found.push(...rows.map((tariff) => row(tariff.name, "", number.format(tariff.entered), "", tariff.entered, most)));
  }
  const sellers = counts.distributors.filter((seller) => seller.name);
  if (sellers.length) found.push(el("p", "group", "Sold by"));
  found.push(...sellers.map((seller) => row(seller.name, "", number.format(seller.entered), "", seller.entered, most)));
  return found.length ? found : [el("p", "say", "Nobody has entered yet.")];
}

function verdicts() {
  const used = USED.reduce((sum, reason) => sum + (counts.reasons[reason] ?? 0), 0);
  const shown = { ...counts.decisions, used, refuse: Math.max(0, (counts.decisions.refuse ?? 0) - used) };
  return VERDICTS.map(([verdict, word]) => el("div", verdict === "repeat" ? "wide" : "",
    el("span", `chip v-${verdict}`, svg(`s-${verdict}`)),
    el("dt", "", word), el("dd", "", number.format(shown[verdict] ?? 0))));
}

function reasons() {
  return Object.entries(counts.reasons)
    .filter(([reason, count]) => count && REASONS[reason])
    .sort((one, other) => other[1] - one[1])
    .map(([reason, count]) => el("tr", "", el("td", "", REASONS[reason]), el("td", "", number.format(count))));
}

function told() {
  const found = counts.sources.map((source) => {
    const owed = counts.owed[source.id] ?? 0;
    const refused = counts.refused[source.id] ?? 0;
    const state = refused
      ? `${people(refused, "check-in")} refused: entrance-gateway outbox list --refused`
      : owed ? `${people(owed, "check-in")} on the way` : "knows every check-in";
    return row(source.name, state, ago(age(source)), "");
  });
  const { enrolled, connected } = counts.lanes;
  found.push(enrolled
    ? row("Lanes", "connected", number.format(connected), `of ${number.format(enrolled)}`)
    : el("p", "say row", "No lane yet. To enrol one: entrance-gateway devices code"));
  return found;
}

function alerts() {
  const found = [];
  const { enrolled, connected } = counts.lanes;
  if (counts.conflicts) {
    const one = counts.conflicts === 1;
    found.push(warning(`${number.format(counts.conflicts)} ${one ? "entry" : "entries"} that should not have been`,
      "A ticket came in where it had been used or cancelled. The lanes concerned know which."));
  }
  if (counts.clock?.why) found.push(warning(counts.clock.verified ? "Compare the clock" : "Clock unverified", counts.clock.why));
  for (const source of counts.sources) {
    const seconds = age(source);
    if (seconds === null) found.push(warning(`${source.name} was never heard`, "Its tickets and cancellations are not known here."));
    else if (seconds > LATE_S) found.push(warning(`${source.name} is silent, last heard ${ago(seconds)}`, "Cancellations since then are not known here."));
  }
  for (const alarm of counts.alarms ?? []) found.push(warning(alarm.source, alarm.what));
  for (const held of counts.held ?? []) {
    found.push(warning(`${people(held.count, "cancellation")} of performance ${held.performance} held`,
      `${held.source} cancelled too many at once; they refuse nobody yet. Look there, then: entrance-gateway held approve ${held.source} ${held.performance}`));
  }
  const awaited = counts.lanes.awaited ?? [];
  if (awaited.length) {
    found.push(warning(`${people(awaited.length, "device")} awaited since the restore: ${awaited.join(", ")}`,
      "Until they connect, verdicts are provisional: entries may be missing here. To give one up: entrance-gateway devices write-off NAME"));
  }
  if (connected < enrolled) {
    const silent = enrolled - connected;
    found.push(warning(`${people(silent, "lane")} ${silent === 1 ? "is" : "are"} not connected`,
      silent === 1 ? "It may go on alone, and reports when it is back." : "They may go on alone, and report when they are back."));
  }
  return found;
}

function draw() {
  $("venue").textContent = counts.venue ?? "Entrance";
  document.title = `${counts.venue ?? "Entrance"} · live board`;
  $("shows").replaceChildren(...(counts.performances.length ? counts.performances.map(show) : [
    el("div", "none", el("b", "", "No performance yet"),
      el("p", "", "As soon as the box office has one on sale, its figures stand here."))]));
  $("gates").replaceChildren(...gates());
  $("tariffs").replaceChildren(...tariffs());
  $("verdicts").replaceChildren(...verdicts());
  $("reasons").tBodies[0].replaceChildren(...reasons());
  $("alone").textContent = counts.provisional ? `${number.format(counts.provisional)} of them decided by a lane alone.` : "";
  tick();
}

function tick() {
  const now = new Date();
  $("clock").textContent = hour.format(now);
  $("today").textContent = day.format(now);
  const silent = counts === null || performance.now() - heardAt > SILENT_MS;
  document.body.classList.toggle("late", silent && counts !== null);
  $("notice").hidden = !silent || performance.now() < 3000;
  $("notice-text").textContent = counts
    ? `The gateway does not answer. These figures are of ${hour.format(new Date(counts.at))}; the lanes go on alone.`
    : "The gateway does not answer. Is it running on this machine?";
  if (counts === null) return;
  $("heard").replaceChildren(
    ...counts.sources.map((source) => el("span", "", `${source.name} `, el("b", "", ago(age(source))))),
    counts.lanes.enrolled
      ? el("span", "", `${number.format(counts.lanes.connected)} of ${people(counts.lanes.enrolled, "lane")} `, el("b", "", "connected"))
      : el("span", "", "no lane yet"));
  $("told").replaceChildren(...told());
  const found = alerts();
  $("alerts-card").hidden = !found.length;
  if ($("alerts").textContent !== found.map((alert) => alert.textContent).join("")) $("alerts").replaceChildren(...found);
}

const stream = new EventSource("api/v1/counts/stream");
stream.addEventListener("message", (event) => {
  counts = JSON.parse(event.data);
  heardAt = performance.now();
  draw();
});
tick();
setInterval(tick, 1000);

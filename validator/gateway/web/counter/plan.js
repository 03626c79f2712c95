// What is played and sold: performances and passes with their zones, tariffs and prices.

import { ask } from "./api.js";
import { el } from "./page.js";
import { hour, speaks, t, weekday } from "./texts.js";

let shows = new Map();
let tariffs = new Map();

export async function refresh() {
  const [{ events, tariffs: all }, { passes }] = await Promise.all([ask("events"), ask("passes")]);
  tariffs = new Map(all.map((tariff) => [tariff.id, tariff]));
  shows = new Map();
  for (const event of events) {
    const zones = new Map(event.zones.map((zone) => [zone.id, zone.name]));
    for (const show of event.performances) shows.set(show.scope, { ...show, timezone: show.zone, zones, pass: false });
  }
  for (const card of passes) {
    const opened = card.performances.map((scope) => shows.get(scope)).filter(Boolean);
    shows.set(card.scope, { ...card, zones: opened[0]?.zones ?? new Map(), pass: true, opened,
      end: opened.map((show) => show.end).sort().at(-1) });
  }
}

// Everything that can still be entered, the next one first, passes after the performances.
export const onSale = () =>
  [...shows.values()]
    .filter((show) => new Date(show.end) > Date.now())
    .sort((one, other) => one.pass - other.pass || (one.start ?? one.name).localeCompare(other.start ?? other.name));

export const show = (scope) => shows.get(scope);
export const isPass = (scope) => shows.get(scope)?.pass ?? false;
export const showName = (scope) => shows.get(scope)?.name ?? `${scope}`;

export function tariffName(id) {
  const names = tariffs.get(id)?.name ?? {};
  return names[speaks()] ?? names.en ?? Object.values(names)[0] ?? `${id}`;
}

export const tariffIcon = (id) => ({ student: "cap", group: "people" })[tariffs.get(id)?.icon] ?? null;

export const zoneName = (scope, zone) => (zone === null ? t("plan.all_zones") : shows.get(scope)?.zones.get(zone) ?? "");

// "Balcony, row F, seat 12"
export function place(ticket) {
  const parts = [ticket.zone === null ? "" : zoneName(ticket.performance, ticket.zone), ticket.seat ?? ""];
  return parts.filter(Boolean).join(", ") || t("plan.free_seating");
}

export function showWhen(each) {
  if (each.pass) return el("span", { say: ["plan.opens", { n: each.opened.length }] });
  return el("span", { say: ["plan.when", () => ({
    day: weekday(each.start, each.timezone), hour: hour(each.start, each.timezone) })] });
}

export const offerKey = (offer) => `${offer.zone ?? "all"}-${offer.tariff}`;

// Orders: one with its tickets and its history, or the latest ones.

import { ask } from "./api.js";
import { el, fill, words } from "./page.js";
import { showOrder } from "./order.js";
import * as plan from "./plan.js";
import { unread } from "./shell.js";
import { moment, money } from "./texts.js";

const SHOWN = 12;

export const section = {
  id: "orders",
  icon: "list",
  title: "orders.title",
  show(root, [number, tab, ticket]) {
    if (number) return showOrder(root, number, tab, ticket);
    latest(root);
    return null;
  },
};

async function latest(root) {
  const list = el("ul", { class: "latest" });
  root.append(el("div", {}, el("h1", { say: ["orders.latest"] }), el("p", { class: "sub", say: ["orders.how"] })), list);
  try {
    const [{ orders }] = await Promise.all([ask(`orders?limit=${SHOWN}`), plan.refresh()]);
    fill(list, ...orders.map(line));
    if (!orders.length) list.append(el("li", { class: "none", say: ["orders.none"] }));
  } catch (error) {
    fill(list, el("li", {}, unread(error, () => {
      root.replaceChildren();
      latest(root);
    })));
  }
}

const line = (order) =>
  el("li", {}, el("a", { href: `#/orders/${order.number}` },
    el("b", { say: ["order.title", { number: `${order.number}` }] }),
    el("span", { class: "name" }, order.customer),
    words("search.tickets", { n: order.tickets.length }),
    el("span", { say: ["orders.at", () => ({ at: moment(order.at) })] }),
    el("b", { class: "price", say: ["tiles.price", () => ({ price: money(order.total) })] })));

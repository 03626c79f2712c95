// What the page is made of; the first one is where it begins.

import { section as imports } from "./imports.js";
import { section as orders } from "./orders.js";
import { section as sale } from "./sale.js";

export const SECTIONS = [sale, orders, imports];

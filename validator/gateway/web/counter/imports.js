// Resellers' tickets out of a file.

import { el } from "./page.js";

export const section = {
  id: "imports",
  icon: "file",
  title: "imports.title",
  show(root) {
    root.append(el("h1", { say: ["imports.title"] }));
  },
};

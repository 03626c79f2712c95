import { searchField } from "./search.js";
import { SECTIONS } from "./sections.js";
import { begin as signIn } from "./session.js";
import { build } from "./shell.js";
import { begin as speak } from "./texts.js";

await speak();
await signIn();
build(SECTIONS, searchField());

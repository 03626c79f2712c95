// Signing in. When a session ends, the question comes over the page; what stands there stays.

import { request } from "./api.js";
import { button, el, field, icon, words } from "./page.js";
import { say } from "./texts.js";

const ADDRESS = "session";
let asking = null;
export let who = { name: "", role: "", venue: "", gates: {} };

// Whether who is signed in answers for what is given away, and for resellers' tickets.
export const answers = () => ["supervisor", "organiser"].includes(who.role);

export async function begin() {
  try {
    who = await request(ADDRESS, {}, false);
  } catch (failure) {
    await signIn(failure.status === 401 ? null : failure);
  }
  return who;
}

// Asks until somebody is signed in; whoever waits for it goes on then.
export function signIn(failure = null) {
  asking ??= ask(failure).finally(() => (asking = null));
  return asking;
}

export async function leave() {
  await request(ADDRESS, { method: "DELETE" }, false);
  location.reload();
}

function ask(failure) {
  return new Promise((resolve) => {
    const name = el("input", { type: "text", autocomplete: "username", required: true, maxlength: 80, value: who.name,
      autocapitalize: "off", spellcheck: "false" });
    const password = el("input", { type: "password", autocomplete: "current-password", required: true, maxlength: 200 });
    const error = el("p", { class: "oops", role: "alert", hidden: true });
    const go = button(null, "signin.go", null, { class: "btn p wide", type: "submit" });
    const form = el("form", { class: "signin", method: "dialog" },
      el("h1", { id: "signin-title" }, icon("gate", 30), words(who.name ? "signin.again" : "signin.title")),
      el("p", { class: "sub", say: [who.name ? "signin.kept" : "signin.why"] }),
      field("signin.name", name), field("signin.password", password), error, go);
    const dialog = el("dialog", { class: "modal", "aria-labelledby": "signin-title" }, form);
    const wrong = (failed) => {
      say(error, failed.status === 401 ? "signin.wrong" : failed.status === 429 ? "signin.slow" : "error.no_answer");
      error.hidden = false;
    };
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      go.disabled = true;
      try {
        who = await request(ADDRESS, { method: "POST", headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ name: name.value, password: password.value }) }, false);
        dialog.close();
        dialog.remove();
        document.dispatchEvent(new Event("signed-in"));
        resolve(who);
      } catch (failed) {
        wrong(failed);
        password.select();
      } finally {
        go.disabled = false;
      }
    });
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    document.body.append(dialog);
    dialog.showModal();
    (name.value ? password : name).focus();
    if (failure) wrong(failure);
  });
}

// The box office's API, with the session's cookie. A change carries an id of its own: asked for
// again with the same id, it is made once and told once more.

const ROOT = "api/v1/";
const PATIENCE_MS = 20_000;

export class Failed extends Error {
  // status 0 = no answer came.
  constructor(status, body = {}) {
    super(body.error ?? "");
    this.status = status;
    this.code = status === 0 ? "no_answer" : body.code ?? "";
    this.facts = body.facts ?? {};
    this.body = body;
  }
}

let signIn = async () => {};
let heard = () => {};

// What to do when the session is over, and who wants to know whether the gateway answers.
export function attend(signedOut, answers) {
  signIn = signedOut;
  heard = answers;
}

export const ask = (path) => request(ROOT + path, {});

export const tell = (path, body, id, signal) =>
  request(ROOT + path, {
    method: "POST",
    signal,
    headers: { "Content-Type": "application/json", "Idempotency-Key": id },
    body: JSON.stringify(body),
  });

// Keeps the id for as long as the same is asked for, so that trying again never does it twice.
export class Change {
  #asked = "";
  #id = "";

  async make(path, body) {
    const asked = `${path} ${JSON.stringify(body)}`;
    if (asked !== this.#asked) [this.#asked, this.#id] = [asked, crypto.randomUUID()];
    const answer = await tell(path, body, this.#id);
    this.#asked = "";
    return answer;
  }
}

export async function request(path, options, signsIn = true) {
  for (;;) {
    const answer = await once(path, options);
    if (answer.status !== 401 || !signsIn) return settled(answer);
    await signIn();
  }
}

async function once(path, options) {
  let answer;
  let text;
  try {
    answer = await fetch(path, { ...options, signal: options.signal ?? AbortSignal.timeout(PATIENCE_MS) });
    text = await answer.text();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    heard(false);
    throw new Failed(0);
  }
  heard(true);
  return { status: answer.status, body: parsed(text) };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function settled({ status, body }) {
  if (status >= 200 && status < 300) return body;
  throw new Failed(status, body);
}

// Sends a file as it is. Options: type, id, progress (told sent and whole, in bytes), signal.
export async function send(path, blob, options) {
  for (;;) {
    const answer = await upload(ROOT + path, blob, options);
    if (answer.status !== 401) return settled(answer);
    await signIn();
  }
}

function upload(path, blob, { type, id, progress, signal }) {
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest();
    sending.open("POST", path);
    sending.setRequestHeader("Content-Type", type);
    if (id) sending.setRequestHeader("Idempotency-Key", id);
    sending.upload.addEventListener("progress", (event) => progress?.(event.loaded, event.total));
    sending.addEventListener("load", () => {
      heard(true);
      resolve({ status: sending.status, body: parsed(sending.responseText) });
    });
    sending.addEventListener("error", () => {
      heard(false);
      reject(new Failed(0));
    });
    sending.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
    signal?.addEventListener("abort", () => sending.abort());
    sending.send(blob);
  });
}

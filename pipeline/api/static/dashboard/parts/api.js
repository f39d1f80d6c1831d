// Asks the admin API. The key lives in this browser tab's session alone, and never in an address.

const KEY = "menu-sync.key";

/** What went wrong, as the API says it (problem details), or why it could not be asked. */
export class Problem extends Error {
  constructor(status, body = {}) {
    super(body.detail || body.title || `The server answered ${status}.`);
    this.status = status;
    this.code = body.code ?? "";
    this.hint = body.hint ?? "";
    this.errors = body.errors ?? [];
    this.findings = body.findings ?? [];
  }
}

export const key = {
  get: () => sessionStorage.getItem(KEY) ?? "",
  set: (value) => sessionStorage.setItem(KEY, value),
  forget: () => {
    sessionStorage.removeItem(KEY);
    known.clear();
  },
};

/** Gives `/admin/...` from parts that are encoded one by one. */
export function path(...parts) {
  return `/admin/${parts.map((part) => encodeURIComponent(part)).join("/")}`;
}

/** Reads. `query` leaves out what is empty; `signal` ends it early. */
export function get(address, query, signal) {
  const asked = new URLSearchParams(Object.entries(query ?? {}).filter(([, value]) => value !== "" && value != null)).toString();
  return ask("GET", asked ? `${address}?${asked}` : address, undefined, signal);
}

/** Sends a body with POST, PUT or DELETE. */
export function send(method, address, body, signal) {
  return ask(method, address, body, signal);
}

// What was last read from an address, so that an answer which has not changed is not sent again. Only in memory.
const known = new Map();
const MOST_KNOWN = 30;

async function ask(method, address, body, signal) {
  const headers = { "X-API-Key": key.get(), Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const before = method === "GET" ? known.get(address) : undefined;
  if (before) headers["If-None-Match"] = before.tag;
  let answer;
  try {
    answer = await fetch(address, {
      method, headers, signal, cache: "no-store", credentials: "omit", redirect: "error",
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, { detail: "The server does not answer.", hint: "Check that it runs; this page goes on by itself then." });
  }
  if (answer.status === 304 && before) return before.found;
  const text = await answer.text();
  const found = read(text, answer.headers.get("content-type") ?? "");
  if (answer.ok) {
    if (method === "GET") remember(address, answer.headers.get("etag"), found);
    return found;
  }
  const problem = new Problem(answer.status, typeof found === "object" && found !== null ? found : {});
  if (answer.status === 401) document.dispatchEvent(new CustomEvent("key-refused"));
  throw problem;
}

function remember(address, tag, found) {
  known.delete(address);
  if (tag) known.set(address, { tag, found });
  if (known.size > MOST_KNOWN) known.delete(known.keys().next().value);
}

function read(text, type) {
  if (!text || !type.includes("json")) return text;
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem(502, { detail: "The server's answer cannot be read." });
  }
}

// Starts the page: the key first, then the shell, then whatever the address says.

import { h, put } from "./parts/dom.js";
import { problemNote, say, tick } from "./parts/pieces.js";
import { key } from "./parts/api.js";
import { session } from "./parts/session.js";
import { shell } from "./shell.js";
import { keyPage } from "./views/key.js";
import { find } from "./routes.js";

const body = document.getElementById("shell");
const RETRY = 10_000;
let frame = null;
let page = new AbortController();

async function start(told = "") {
  page.abort();
  frame?.stop();
  frame = null;
  document.querySelector("dialog")?.close();
  if (!key.get()) {
    put(body, keyPage(start, told));
    body.querySelector("input")?.focus();
    return;
  }
  put(body, h("main", { id: "main", tabindex: "-1" }, h("p", { class: "loading", role: "status" }, "Opening …")));
  try {
    await session.load();
  } catch (error) {
    if (error.status === 401) return;
    if (error.status === 0) setTimeout(() => !frame && key.get() && start(), RETRY);
    put(body, h("div", { class: "key-page" }, h("main", { id: "main", tabindex: "-1" }, problemNote(error, () => start()))));
    return;
  }
  frame = shell(session, () => {
    key.forget();
    start();
  });
  put(body, frame.element);
  await open(false);
}

async function open(moved = true) {
  if (!frame) return;
  page.abort();
  page = new AbortController();
  document.querySelector("dialog")?.close();
  const main = document.getElementById("main");
  const asked = address();
  const { view, params, section } = find(asked.parts);
  frame.current(section);
  const context = { params, query: asked.query, signal: page.signal, session, main };
  try {
    const module = await view();
    if (context.signal.aborted) return;
    put(main, module.show(context));
  } catch (error) {
    put(main, problemNote(error));
  }
  if (!moved) return;
  window.scrollTo(0, 0);
  const title = main.querySelector("h1");
  (title ?? main).focus({ preventScroll: true });
}

function address() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const parts = path.split("/").filter(Boolean).map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
  return { parts, query: Object.fromEntries(new URLSearchParams(query)) };
}

document.querySelector("[data-skip]").addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("main")?.focus();
});
document.addEventListener("key-refused", () => {
  if (!key.get()) return;
  key.forget();
  start("This key is not known, or not any more. Whoever runs this service gives you one.");
});
window.addEventListener("hashchange", () => open());
setInterval(() => tick(document), 20_000);
say("");
start();

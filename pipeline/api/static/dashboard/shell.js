// The frame around every page: where one can go, what needs somebody, whose key it is.

import { h, put, route } from "./parts/dom.js";
import { icon } from "./parts/icons.js";
import { say, showCurrent } from "./parts/pieces.js";
import { get, path } from "./parts/api.js";

const SECTIONS = [
  ["restaurants", "Restaurants", "shop"],
  ["errors", "Errors", "failed"],
  ["held", "Held back", "held"],
  ["outcomes", "Outcomes", "chart"],
  ["audit", "Audit log", "book"],
  ["coverage", "Coverage", "grid"],
];
const PAUSE = 10_000;

/** Gives `{element, current(section), stop()}`. */
export function shell(session, leave) {
  const counts = { errors: h("span", { hidden: true }), held: h("span", { hidden: true }) };
  const links = Object.fromEntries(SECTIONS.map(([name, text, picture]) => [
    name, h("a", { href: route([name]) }, icon(picture), text, counts[name]),
  ]));
  const ending = new AbortController();
  const bar = h("nav", { "aria-label": "Main" }, h("ul", null, Object.values(links).map((link) => h("li", null, link))));
  const element = h(
    "div", { class: "shell" },
    h(
      "header", { class: "side" },
      h("a", { class: "brand", href: "#/restaurants" }, h("img", { src: "/static/icon.svg", alt: "" }), "Menu Sync"),
      bar,
      h(
        "div", { class: "who" },
        h("span", { class: "soft" }, session.name, h("br"), session.operator ? "operator" : "may only look"),
        h("button", { class: "button small", type: "button", onclick: leave }, "Forget key"),
      ),
    ),
    h("main", { id: "main", tabindex: "-1" }),
  );

  let timer;
  let known = null;
  async function count() {
    clearTimeout(timer);
    if (ending.signal.aborted) return;
    try {
      if (!document.hidden || known === null) {
        const found = await numbers(ending.signal);
        mark(counts.errors, found.errors, "failed", "open");
        mark(counts.held, found.held, "held", "waiting");
        if (known !== null && found.errors.count > known) say("There are new errors.");
        known = found.errors.count;
      }
    } catch {
      // the page's own content says it when the server is away
    }
    timer = setTimeout(count, PAUSE);
  }
  count();
  document.addEventListener("work-asked", () => setTimeout(count, 1500), { signal: ending.signal });

  return {
    element,
    current(section) {
      for (const [name, link] of Object.entries(links)) {
        if (name === section) link.setAttribute("aria-current", "page");
        else link.removeAttribute("aria-current");
      }
      showCurrent(bar);
    },
    stop() {
      clearTimeout(timer);
      ending.abort();
    },
  };
}

const MOST = 50;

async function numbers(signal) {
  const [errors, held] = await Promise.all([
    get(path("errors"), { status: "open", limit: MOST }, signal),
    get(path("restaurants"), { status: "HELD", limit: MOST }, signal),
  ]);
  const places = held.items.flatMap((row) => Object.values(row.platforms)).filter((place) => place.status === "HELD");
  const number = (list, page) => ({ count: list.length, more: Boolean(page.next_cursor) });
  return { errors: number(errors.items, errors), held: number(places, held) };
}

function mark(element, { count, more }, tone, word) {
  element.hidden = count === 0;
  element.className = `count ${tone}`;
  put(element, `${count}${more ? "+" : ""}`, h("span", { class: "unseen" }, ` ${word}`));
}

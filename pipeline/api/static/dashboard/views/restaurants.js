// Restaurants × platforms at a glance.

import { addressOf, h, route } from "../parts/dom.js";
import { chip, empty, head, say, table, when } from "../parts/pieces.js";
import { ask, button, field } from "../parts/acting.js";
import { get, path } from "../parts/api.js";
import { keep } from "../parts/live.js";
import { pagesOf } from "../parts/paging.js";
import { many, placeWords, STATUSES, stateWords } from "../parts/words.js";

const PAGE = 50;
const TYPING = 250;

export function show({ query, signal, session }) {
  const asked = { search: query.search ?? "", platform: query.platform ?? "", status: query.status ?? "" };
  const note = addressOf(["restaurants"]);
  let pages = 1;
  const list = h("div");
  const load = (ending) => pagesOf(pages, (cursor) => get(path("restaurants"), { ...asked, limit: PAGE, cursor }, ending));
  let told = "";
  const draw = ({ items, more }) => {
    const count = `${many(items.length, "restaurant")}${more ? " shown, and there are more" : ""}`;
    if (count !== told && told) say(count);
    told = count;
    if (items.length === 0) return nothing(asked);
    return h("div", { class: "stack" },
      h("div", { class: "table-frame" }, matrix(items, session, asked.platform)),
      h("div", { class: "row" }, h("p", { class: "soft small" }, count),
        more && h("button", { class: "button", type: "button", onclick: () => { pages += 1; again(); } }, "Show more")),
    );
  };
  const again = keep(list, load, draw, signal, { lines: 8 });
  const change = (name, value) => {
    asked[name] = value;
    pages = 1;
    if (note(asked)) again();
  };
  return h("div", { class: "page" },
    head({
      title: "Restaurants", lead: "What each platform has of each menu, and what is in the way.",
      actions: session.operator && session.restaurants === null ? [button("Connect a restaurant …", another)] : [],
    }),
    filters(asked, session, change),
    list,
  );
}

/** Asks for a restaurant that is on no platform yet. */
function another() {
  const id = h("input", { name: "restaurant", required: true, pattern: "[^\\/]+", title: "An id without /", maxlength: 120, autocomplete: "off", spellcheck: "false" });
  return ask({
    title: "Connect a restaurant", text: "Then choose the platforms, and what each needs to know of it.",
    fields: [field("Its id at the menu service", id)], yes: "Go on",
    work: async () => { location.hash = route(["restaurants", id.value.trim(), "connections"]); },
  }).then((done) => done && null);
}

function filters(asked, session, change) {
  let timer;
  const search = h("input", {
    type: "search", id: "search", value: asked.search, placeholder: "Name or id", autocomplete: "off", spellcheck: "false", maxlength: 100,
    oninput: () => {
      clearTimeout(timer);
      timer = setTimeout(() => change("search", search.value.trim()), TYPING);
    },
  });
  const select = (name, label, entries) => h("div", { class: "field" }, h("label", { for: name }, label),
    h("select", { id: name, onchange: (event) => change(name, event.target.value) },
      entries.map(([value, text]) => h("option", { value, selected: value === asked[name] }, text))));
  return h(
    "form", { class: "filters", role: "search", "aria-label": "Restaurants", onsubmit: (event) => event.preventDefault() },
    h("div", { class: "field" }, h("label", { for: "search" }, "Find a restaurant"), search),
    select("platform", "Platform", [["", "All platforms"], ...session.platforms.map((each) => [each.platform, each.title])]),
    select("status", "State", [["", "Any state"], ...STATUSES.map((each) => [each, each === "PENDING" ? "Waiting or not published yet" : stateWords(each).word])]),
  );
}

function matrix(items, session, only) {
  const used = new Set(items.flatMap((row) => Object.keys(row.platforms)));
  const platforms = session.platforms.filter((each) => used.has(each.platform) && (!only || each.platform === only));
  return table({
    kind: "matrix",
    caption: "Restaurants, each with its state on each platform",
    rows: items,
    columns: [
      ["Restaurant", (row) => [
        h("a", { href: route(["restaurants", row.restaurant_id]), class: "name", title: row.name || null }, h("bdi", null, row.name || row.restaurant_id)),
        row.name && row.name !== row.restaurant_id && h("div", { class: "soft small code break" }, row.restaurant_id),
      ], { head: true }],
      ...platforms.map((each) => [each.title, (row) => cell(row, each, row.platforms[each.platform])]),
    ],
  });
}

function cell(row, platform, place) {
  if (!place) return h("span", { class: "soft" }, h("span", { "aria-hidden": "true" }, "–"), h("span", { class: "unseen" }, "not on this platform"));
  const words = placeWords(place);
  const waits = ["FAILED", "HELD"].includes(place.status) || place.needs_reconnect;
  return h(
    "a", { class: "cell", href: route(["restaurants", row.restaurant_id, "on", platform.platform]) },
    chip(words),
    h("span", { class: "small soft" },
      place.last_sync ? [many(place.item_count, "dish", "dishes"), " · ", h("span", { class: "unseen" }, "published "), when(place.last_sync)] : ""),
    waits && place.error && h("span", { class: "small why" }, place.error),
  );
}

function nothing(asked) {
  const filtered = asked.search || asked.platform || asked.status;
  if (filtered) return empty("No restaurant fits", "Try a shorter name, or look at all states and platforms.", h("a", { class: "button", href: "#/restaurants?" }, "Show all"));
  return empty("No restaurant is connected yet",
    "Connect one here, or with: cli.py connect RESTAURANT PLATFORM --set KEY=VALUE. It is listed as soon as it is on a platform.");
}

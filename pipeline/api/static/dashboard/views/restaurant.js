// One restaurant: its state on every platform, and where a dish is.

import { h, route } from "../parts/dom.js";
import { chip, newHead, prose, when } from "../parts/pieces.js";
import { keep } from "../parts/live.js";
import { dishFinder } from "../parts/dish.js";
import { publishButton, restaurantHead, restaurantOf } from "../parts/place.js";
import { inWork, many, placeWords } from "../parts/words.js";

export function show({ params, query, signal, session }) {
  const id = params.restaurant;
  const top = h("div", { class: "stack" });
  const cards = h("div");
  const finder = dishFinder({ id, session, signal, wanted: query.dish ?? "" });
  top.append(...restaurantHead({ id, tab: "overview" }));
  let named = null;
  const again = keep(cards, (ending) => restaurantOf(id, ending), (row) => {
    if (row.name !== named) {
      named = row.name;
      const actions = session.operator ? [publishButton(id, "", { kind: "main", text: "Publish everywhere", after: () => again() })] : [];
      newHead(top, restaurantHead({ id, row, tab: "overview", actions }));
    }
    finder.places(row.platforms);
    return h("ul", { class: "cards" }, Object.entries(row.platforms).map(([name, place]) => h("li", null, card(id, name, place, session))));
  }, signal);
  return h("div", { class: "page" }, top, h("section", { "aria-labelledby": "platforms-title", class: "stack" },
    h("h2", { id: "platforms-title", class: "unseen" }, "Platforms"), cards), finder.element);
}

function card(id, name, place, session) {
  const href = route(["restaurants", id, "on", name]);
  return h(
    "article", { class: `card place ${placeWords(place).tone}` },
    h("div", { class: "row" }, h("h3", null, h("a", { href }, session.title(name))), chip(placeWords(place))),
    h("p", { class: "small soft" }, place.last_sync
      ? [many(place.item_count, "dish", "dishes"), " · published ", when(place.last_sync)]
      : "Nothing is live there yet."),
    place.connected && place.error && !inWork(place) && h("p", { class: "why" }, prose(place.error)),
    place.error_id && !inWork(place) && h("p", { class: "small" }, h("a", { href: route(["errors", place.error_id]) }, "What happened")),
    (place.running || place.waiting) && h("p", { class: "small" },
      h("a", { href: route(["operations", place.running || place.waiting]) }, place.running ? "What is being done" : "What stands in line")),
  );
}

// Everything that was done for a restaurant, newest first.

import { h } from "../parts/dom.js";
import { empty } from "../parts/pieces.js";
import { get, path } from "../parts/api.js";
import { pagedList } from "../parts/paging.js";
import { operationTable } from "../parts/operations.js";
import { namedHead } from "../parts/place.js";

export function show({ params, query, signal, session }) {
  const id = params.restaurant;
  const list = pagedList({
    route: ["restaurants", id, "history"], query, signal,
    filters: [["platform", "Platform", [["", "All platforms"], ...session.platforms.map((each) => [each.platform, each.title])]]],
    load: (asked, ending) => get(path("history", id), asked, ending),
    draw: (items) => h("div", { class: "table-frame" }, operationTable(items, { title: (name) => session.title(name) })),
    nothing: () => empty("Nothing was done yet", "Publishes, sold-out calls and roll backs of this restaurant will be here."),
    word: "operation",
  });
  return h("div", { class: "page" }, namedHead({ id, tab: "history", signal }), list);
}


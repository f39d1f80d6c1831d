// Who did what, when, from where.

import { h, route } from "../parts/dom.js";
import { empty, head, table, when } from "../parts/pieces.js";
import { get, path } from "../parts/api.js";
import { pagedList } from "../parts/paging.js";
import { spoken } from "../parts/words.js";

export function show({ query, signal, session }) {
  const list = pagedList({
    route: ["audit"], query, signal, word: "entry", words: "entries",
    filters: [["restaurant_id", "Restaurant", "restaurant"]],
    load: (asked, ending) => get(path("audit"), asked, ending),
    draw: (items) => h("div", { class: "table-frame" }, table({
      caption: "Audit log, newest first", rows: items,
      columns: [
        ["What", (each) => [
          each.operation_id ? h("a", { href: route(["operations", each.operation_id]) }, spoken(each.action)) : spoken(each.action),
          each.note && h("div", { class: "small soft break" }, each.note),
        ], { head: true }],
        ["Restaurant", (each) => each.restaurant_id && h("a", { href: route(["restaurants", each.restaurant_id]), class: "break" }, each.restaurant_id)],
        ["Platform", (each) => each.platform && session.title(each.platform)],
        ["Who", (each) => [each.who, each.origin && h("div", { class: "small soft" }, each.origin)]],
        ["When", (each) => when(each.at)],
        ["Menu", (each) => (each.before || each.after) && h("span", { class: "code small nowrap" }, `${short(each.before)} → ${short(each.after)}`)],
      ],
    })),
    nothing: () => empty("Nothing yet", "Publishes, retries, releases, roll backs, sold-outs and connections are noted here."),
  });
  return h("div", { class: "page" }, head({ title: "Audit log", lead: "Who did what, when, and from where." }), list);
}

const short = (hash) => (hash ? hash.replace(/^sha256:/, "").slice(0, 8) : "–");

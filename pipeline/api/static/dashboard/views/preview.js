// What would be sent to a platform, field by field; a click on any field tells why it is so.

import { addressOf, h, put, route } from "../parts/dom.js";
import { field as labelled } from "../parts/acting.js";
import { bones, chip, empty, findingList, newHead, problemNote, say } from "../parts/pieces.js";
import { path, send } from "../parts/api.js";
import { explanation, shown } from "../parts/explanation.js";
import { platformHead, publishButton, restaurantOf } from "../parts/place.js";
import { pathParts, pathText, search, tree } from "../parts/tree.js";
import { many } from "../parts/words.js";

const TYPING = 200;

export function show({ params, query, signal, session }) {
  const { restaurant, platform } = params;
  const top = h("div", { class: "stack" }, platformHead({ params, session, tab: "menu" }));
  const body = h("div", null, bones(8));
  const load = async () => {
    put(body, bones(8));
    restaurantOf(restaurant, signal).then((row) => {
      if (row.name) newHead(top, platformHead({ params, session, tab: "menu", name: row.name }));
    }).catch(() => {});
    try {
      const found = await send("POST", path("preview", platform), { restaurant_id: restaurant }, signal);
      put(body, page(found, params, query, session, signal));
      body.firstElementChild?.start?.();
    } catch (error) {
      if (error.name !== "AbortError") put(body, problemNote(error, load));
    }
  };
  load();
  return h("div", { class: "page" }, top, body);
}

function page(found, params, query, session, signal) {
  const why = h("aside", { class: "card why-panel", "aria-live": "polite", "aria-label": "Explanation" },
    h("p", { class: "soft" }, "Click a field to see which line of the mapping made it, and of what."));
  if (found.payload === null) return h("div", { class: "stack" }, told(found), empty("Nothing can be sent", "The menu gives no payload as it is; what stands above says why."));
  const note = addressOf(["restaurants", params.restaurant, "on", params.platform, "menu"]);
  const explain = async (parts) => {
    const text = pathText(parts);
    note({ field: text });
    put(why, h("p", { class: "loading" }, "Looking …"));
    try {
      const answer = await send("POST", path("explain", params.platform), { restaurant_id: params.restaurant, field: text }, signal);
      put(why, h("h2", null, "Why"), answer.fields.length > 0 ? explanation(answer.fields[0]) : h("p", null, answer.hint || "There is nothing at this place."));
    } catch (error) {
      if (error.name !== "AbortError") put(why, problemNote(error));
    }
    if (matchMedia("(max-width: 70rem)").matches) why.scrollIntoView({ block: "nearest" });
  };
  const made = tree(found.payload, explain);
  const element = h("div", { class: "stack" },
    told(found, session.operator && found.publishable && publishButton(params.restaurant, params.platform, { kind: "main", text: "Publish this" })),
    finder(found.payload, (parts) => {
      made.reveal(parts);
      explain(parts);
    }),
    h("div", { class: "beside" }, h("section", { class: "card", "aria-label": "Payload" }, made.element), why));
  element.start = () => {
    const parts = query.field ? pathParts(query.field) : null;
    if (parts?.length) {
      made.reveal(parts);
      explain(parts);
    }
  };
  return element;
}

function told(found, action) {
  const hard = found.findings.filter((each) => ["error", "hold"].includes(each.severity));
  const soft = found.findings.filter((each) => !["error", "hold"].includes(each.severity));
  return h("section", { class: "card stack", "aria-label": "What would happen" },
    h("div", { class: "row wide" },
      chip(found.publishable ? { word: "Can be published", tone: "live" } : { word: "Would not be published", tone: "failed" }),
      h("span", null, many(found.item_count, "dish", "dishes")),
      found.diff && h("a", { href: route(["restaurants", found.restaurant_id, "on", found.platform, "changes"]) },
        found.diff.changed ? many(found.diff.menu.length + found.diff.mapping.length, "change") : "nothing would change"),
      action),
    h("p", { class: "soft small" }, "This is the newest menu as a publish would send it now."),
    hard.length > 0 && findingList(hard),
    soft.length > 0 && h("details", { "data-name": "told" }, h("summary", null, `${many(soft.length, "thing")} to know`), findingList(soft)));
}

function finder(payload, choose) {
  const results = h("ul", { class: "found" });
  let timer;
  const look = () => {
    const text = input.value.trim();
    const found = text.length > 1 ? search(payload, text) : [];
    put(results, found.map(([parts, value]) => h("li", null, h("button", { type: "button", class: "button quiet small", onclick: () => choose(parts) },
      h("span", { class: "strong" }, shown(value).slice(0, 80)), h("span", { class: "soft code" }, pathText(parts))))));
    if (text.length > 1) say(many(found.length, "field"));
  };
  const input = h("input", {
    type: "search", autocomplete: "off", spellcheck: "false", placeholder: "A dish, a price, an id",
    oninput: () => { clearTimeout(timer); timer = setTimeout(look, TYPING); },
  });
  return h("form", { role: "search", class: "stack close", onsubmit: (event) => { event.preventDefault(); look(); } },
    labelled("Find in this menu", input), results);
}


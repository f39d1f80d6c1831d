// What a publish would change on a platform, or what changed between two operations.

import { addressOf, h, put } from "../parts/dom.js";
import { bones, empty, newHead, problemNote } from "../parts/pieces.js";
import { get, path, send } from "../parts/api.js";
import { difference } from "../parts/difference.js";
import { platformHead, restaurantOf } from "../parts/place.js";
import { moment, stateWords } from "../parts/words.js";

export function show({ params, query, signal, session }) {
  const { restaurant, platform } = params;
  const top = h("div", { class: "stack" }, platformHead({ params, session, tab: "changes" }));
  const chosen = { old: query.old ?? "", new: query.new ?? "" };
  const note = addressOf(["restaurants", restaurant, "on", platform, "changes"]);
  const body = h("div");
  const choices = h("div");
  const load = async () => {
    put(body, bones(4));
    const asked = { restaurant_id: restaurant };
    if (chosen.old) asked.old_operation_id = chosen.old;
    if (chosen.new) asked.new_operation_id = chosen.new;
    try {
      put(body, h("section", { class: "card", "aria-label": "Changes" }, difference(await send("POST", path("diff", platform), asked, signal))));
    } catch (error) {
      if (error.name === "AbortError") return;
      if (error.code === "nothing-to-compare") put(body, empty("Nothing is live there yet", "After the first publish, changes show here. What would be sent stands under Menu."));
      else put(body, problemNote(error, load));
    }
  };
  const change = (name, value) => {
    chosen[name] = value;
    if (note(chosen)) load();
  };
  Promise.all([get(path("history", restaurant), { platform, limit: 50 }, signal), restaurantOf(restaurant, signal)]).then(([found, row]) => {
    if (row.name) newHead(top, platformHead({ params, session, tab: "changes", name: row.name }));
    put(choices, selects(found.items.filter((each) => each.has_menu), chosen, change));
  }).catch(() => {});
  load();
  return h("div", { class: "page" }, top, choices, body);
}

function selects(operations, chosen, change) {
  const options = operations.map((each) => [each.operation_id, `${moment(each.created_at)} · ${stateWords(each.state).word}`]);
  const select = (name, label, first) => h("div", { class: "field half" }, h("label", { for: `side-${name}` }, label),
    h("select", { id: `side-${name}`, onchange: (event) => change(name, event.target.value) },
      [["", first], ...options].map(([value, text]) => h("option", { value, selected: value === chosen[name] }, text))));
  return h("form", { class: "filters two", "aria-label": "What is compared", onsubmit: (event) => event.preventDefault() },
    select("old", "From", "What is live there"), select("new", "To", "The newest menu"));
}

// One operation: its way through the states, what was told of the menu, outcomes per dish, what was sent.

import { h, route } from "../parts/dom.js";
import { chip, facts, findingList, head, prose, table, when } from "../parts/pieces.js";
import { get, path, send } from "../parts/api.js";
import { keep } from "../parts/live.js";
import { attempts } from "../parts/attempts.js";
import { difference } from "../parts/difference.js";
import { releaseButton, restaurantOf, rollbackButton } from "../parts/place.js";
import { kindWord, many, moment, operationWords, spoken } from "../parts/words.js";

export function show({ params, signal, session }) {
  const body = h("div");
  let changes = null;
  let name = null;
  const again = keep(body, async (ending) => {
    const found = await get(path("operations", params.operation), {}, ending);
    if (found.state === "HELD" && changes === null) {
      changes = await send("POST", path("diff", found.platform), { restaurant_id: found.restaurant_id, new_operation_id: found.operation_id }, ending)
        .catch(() => false);
    }
    name ??= await restaurantOf(found.restaurant_id, ending).then((row) => row.name, () => "");
    return { found, changes, name };
  }, ({ found, changes: known }) => page(found, known, name || found.restaurant_id, session, () => again()), signal, { pause: 3000, title: "Operation" });
  return body;
}

function page(found, changes, name, session, again) {
  const title = session.title(found.platform);
  const on = route(["restaurants", found.restaurant_id, "on", found.platform]);
  return h("div", { class: "page" },
    head({
      crumbs: [["Restaurants", "#/restaurants"], [name, route(["restaurants", found.restaurant_id])], [title, on]],
      title: `${kindWord(found.kind)} on ${title}`,
      lead: h("p", { class: "soft code break" }, found.operation_id),
      actions: session.operator ? [
        found.state === "HELD" && releaseButton(found.operation_id, title, { after: again }),
        found.state === "SYNCED" && found.kind !== "availability" && found.has_menu && rollbackButton(found.restaurant_id, found.platform, title, again, found.operation_id),
      ] : [],
    }),
    h("section", { class: "card stack", "aria-label": "State" },
      h("div", { class: "row wide" }, chip(operationWords(found)), h("p", null, prose(found.error || found.note || operationWords(found).says))),
      facts([
        ["Asked by", found.requested_by], ["Why", found.reason], ["Asked", when(found.created_at)], ["Last change", when(found.updated_at)],
        ["Next try", found.not_before ? when(found.not_before) : ""], ["At the latest", found.deadline ? when(found.deadline) : ""],
        ["Dishes", found.item_count || ""], ["Menu version", found.menu_version], ["Stands for", found.joined ? `${found.joined + 1} requests` : ""],
        ["Error", found.error_id && h("a", { href: route(["errors", found.error_id]) }, found.error_id)],
      ]),
      h("div", { class: "row" },
        found.has_menu && h("a", { class: "button small", href: route(["restaurants", found.restaurant_id, "on", found.platform, "changes"], { old: found.operation_id }) }, "What has changed since"))),
    changes && h("section", { class: "card stack", "aria-labelledby": "held-title" }, h("h2", { id: "held-title" }, "What it would change"), difference(changes)),
    h("section", { class: "card stack", "aria-labelledby": "way-title" }, h("h2", { id: "way-title" }, "Step by step"),
      h("ol", { class: "way" }, steps(found.changes).map(({ step, looks, last }) => h("li", null, chip(operationWords({ ...step, kind: found.kind })),
        h("span", { class: "small soft nowrap" }, moment(step.at)), step.note && h("span", { class: "break" }, prose(step.note)),
        looks > 0 && h("span", { class: "small soft" }, `looked at again ${many(looks, "time")}, last ${moment(last)}`))))),
    found.findings.length > 0 && h("section", { class: "card stack", "aria-labelledby": "told-title" },
      h("h2", { id: "told-title" }, "What was told of the menu"), findingList(found.findings)),
    found.results.length > 0 && results(found.results),
    found.attempts.length > 0 && h("section", { class: "card stack", "aria-labelledby": "sent-title" },
      h("h2", { id: "sent-title" }, "What was sent"), attempts(found.attempts)));
}

/** Puts what only says that it goes on to the step that it goes on with. */
function steps(changes) {
  const found = [];
  for (const step of changes) {
    const before = found.at(-1);
    if (before && !step.note && before.step.state === step.state) {
      before.looks += 1;
      before.last = step.at;
    } else found.push({ step, looks: 0, last: null });
  }
  return found;
}

function results(rows) {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))].slice(0, 6);
  return h("section", { class: "stack", "aria-labelledby": "results-title" }, h("h2", { id: "results-title" }, "Dish by dish"),
    h("div", { class: "table-frame" }, table({
      caption: "Outcomes dish by dish", rows,
      columns: names.map((name, index) => [spoken(name), (row) => (row[name] === undefined || row[name] === null ? "" : typeof row[name] === "object" ? JSON.stringify(row[name]) : String(row[name])), { head: index === 0 }]),
    })));
}

// The error queue: what failed and why, trying again one by one or as a set, closing with a note.

import { h, route } from "../parts/dom.js";
import { busy } from "../parts/acting.js";
import { chip, empty, head, prose, say, table, toast, when } from "../parts/pieces.js";
import { get, path, send } from "../parts/api.js";
import { pagedList } from "../parts/paging.js";
import { asked } from "../parts/place.js";
import { many } from "../parts/words.js";

const STATES = { open: { word: "Open", tone: "failed" }, retrying: { word: "Being tried again", tone: "working" }, resolved: { word: "Closed", tone: "live" } };
const AT_ONCE = 100;

/** An error's state as a word. */
export const errorChip = (status) => chip({ says: "", ...STATES[status] });

export function show({ query, signal, session }) {
  const picked = new Set();
  const list = pagedList({
    route: ["errors"], query, signal, word: "error", defaults: { status: "open" },
    filters: [
      ["status", "State", [["open", "Open"], ["retrying", "Being tried again"], ["resolved", "Closed"], ["all", "All"]]],
      ["platform", "Platform", [["", "All platforms"], ...session.platforms.map((each) => [each.platform, each.title])]],
      ["restaurant_id", "Restaurant", "restaurant"],
    ],
    load: ({ status, ...more }, ending) => get(path("errors"), { ...more, status: status === "all" ? "" : status }, ending),
    draw: (items, again) => {
      const there = new Set(items.map((each) => each.error_id));
      for (const each of picked) if (!there.has(each)) picked.delete(each);
      const actions = session.operator ? bar(items, picked, again) : null;
      return h("div", { class: "stack" }, actions?.element, h("div", { class: "table-frame" }, rows(items, picked, session, actions?.count)));
    },
    nothing: (filters) => (filters.status === "open" && !filters.platform && !filters.restaurant_id
      ? empty("No open errors", "Every menu that was published went through, or is being tried again.")
      : empty("No error fits", "Look at another state or platform.")),
  });
  return h("div", { class: "page" }, head({ title: "Errors", lead: "What did not go through, and what to do about it." }), list);
}

function rows(items, picked, session, count) {
  const pick = (each) => h("input", {
    type: "checkbox", checked: picked.has(each.error_id), disabled: each.status === "resolved", "aria-label": `Choose ${each.restaurant_name || each.restaurant_id} on ${session.title(each.platform)}`,
    onchange: (event) => {
      if (event.target.checked) picked.add(each.error_id);
      else picked.delete(each.error_id);
      count?.();
    },
  });
  return table({
    caption: "Errors, newest first", rows: items,
    columns: [
      ...(session.operator ? [["Choose", pick, { quiet: true }]] : []),
      ["What happened", (each) => [
        h("a", { href: route(["errors", each.error_id]), class: "name" }, prose(each.message || each.error_id)),
        each.hint && h("div", { class: "small soft" }, prose(each.hint)),
      ], { head: true }],
      ["Restaurant", (each) => [
        h("a", { href: route(["restaurants", each.restaurant_id]), class: "words" }, h("bdi", null, each.restaurant_name || each.restaurant_id)),
        each.restaurant_name && each.restaurant_name !== each.restaurant_id && h("div", { class: "small soft code break" }, each.restaurant_id),
      ]],
      ["Platform", (each) => h("a", { href: route(["restaurants", each.restaurant_id, "on", each.platform]) }, session.title(each.platform))],
      ["State", (each) => errorChip(each.status)],
      ["Since", (each) => when(each.created_at)],
    ],
  });
}

function bar(items, picked, again) {
  const open = items.filter((each) => each.status !== "resolved");
  if (open.length === 0) return null;
  const retry = h("button", { class: "button main", type: "button", disabled: true }, "Try again");
  const all = h("button", { class: "button", type: "button" }, "Choose all");
  const count = () => {
    retry.disabled = picked.size === 0;
    retry.textContent = picked.size ? `Try ${many(picked.size, "error")} again` : "Try again";
    all.textContent = picked.size >= open.length ? "Choose none" : "Choose all";
  };
  all.addEventListener("click", () => {
    const full = picked.size >= open.length;
    picked.clear();
    if (!full) for (const each of open) picked.add(each.error_id);
    for (const box of document.querySelectorAll("main tbody input[type=checkbox]:not(:disabled)")) box.checked = !full;
    say(`${many(picked.size, "error")} chosen`);
    count();
  });
  retry.addEventListener("click", () => busy(retry, async () => {
    let count = 0;
    while (picked.size > 0) {
      const part = [...picked].slice(0, AT_ONCE);
      const found = await send("POST", path("errors", "retry"), { error_ids: part });
      for (const each of part) picked.delete(each);
      for (const each of found.refused) toast(each.message, { failed: true, hint: each.hint });
      count += found.operations.length;
    }
    asked();
    again();
    return `${many(count, "error")} tried again with the newest menu.`;
  }).then(count));
  count();
  return { element: h("div", { class: "row" }, retry, all), count };
}

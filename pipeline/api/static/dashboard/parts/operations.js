// A list of operations as a table.

import { h, route } from "./dom.js";
import { chip, table, when } from "./pieces.js";
import { kindWord, operationWords } from "./words.js";

/** Gives the table; `title` names platforms. */
export function operationTable(operations, { platform = true, title = (name) => name } = {}) {
  return table({
    caption: "Operations, newest first",
    rows: operations,
    columns: [
      ["What", (each) => [
        h("a", { href: route(["operations", each.operation_id]) }, kindWord(each.kind)),
        each.reason && h("div", { class: "small soft words" }, each.reason),
      ], { head: true }],
      ...(platform ? [["Platform", (each) => title(each.platform)]] : []),
      ["How it went", (each) => [
        chip(operationWords(each)),
        (each.error || each.note) && h("div", { class: "small why" }, each.error || each.note),
      ]],
      ["When", (each) => when(each.updated_at)],
      ["By", (each) => each.requested_by || "–"],
    ],
  });
}

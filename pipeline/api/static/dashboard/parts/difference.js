// What changes between two menus, in words, with the payload's fields behind each change.

import { h } from "./dom.js";
import { shown } from "./explanation.js";
import { findingList } from "./pieces.js";
import { many } from "./words.js";

const AT_ONCE = 30;
const SIGNS = { appeared: "+", gone: "−", sold_out: "!", back: "+", price: "≠", moved: "→" };

/** Gives a difference as the API tells it. */
export function difference(found) {
  const total = found.menu.length + found.mapping.length;
  return h("div", { class: "stack" },
    found.findings.length > 0 && findingList(found.findings),
    found.movement.suspicious && h("div", { class: "notice held" }, h("p", { class: "strong" }, "This looks like a mistake"),
      found.movement.reasons.map((each) => h("p", null, each))),
    total === 0 && found.findings.length === 0 && h("p", { class: "soft" }, "Nothing would change."),
    group("Changed by the menu", found.menu),
    group("Changed by the mapping", found.mapping));
}

function group(title, changes) {
  if (changes.length === 0) return null;
  const list = h("ul", { class: "changes" });
  let count = 0;
  const more = h("button", { type: "button", class: "button small", onclick: () => grow() }, "Show more");
  const grow = () => {
    list.append(...changes.slice(count, count + AT_ONCE).map(change));
    count += AT_ONCE;
    more.hidden = count >= changes.length;
  };
  grow();
  return h("section", { class: "stack close" }, h("h3", null, title, h("span", { class: "soft" }, ` · ${many(changes.length, "change")}`)), list, h("div", null, more));
}

function change(each) {
  return h("li", { class: each.code },
    h("span", { class: "sign", "aria-hidden": "true" }, SIGNS[each.code] ?? "≠"),
    each.fields.length === 0 ? h("p", null, each.text) : h("details", null, h("summary", null, each.text),
      h("ul", { class: "fields" }, each.fields.map((field) => h("li", null,
        h("div", { class: "code small soft break" }, field.new_path || field.old_path),
        h("div", { class: "sides" },
          field.old_path !== null && h("del", { class: "break" }, h("span", { class: "unseen" }, "before: "), shown(field.old)),
          field.new_path !== null && h("ins", { class: "break" }, h("span", { class: "unseen" }, "after: "), shown(field.new))))))));
}

// An address where nothing is.

import { h } from "../parts/dom.js";
import { empty, head } from "../parts/pieces.js";

export function show() {
  return h("div", { class: "page" }, head({ title: "Nothing here" }),
    empty("There is no such page", "The address may be cut off or old.", h("a", { class: "button", href: "#/restaurants" }, "All restaurants")));
}

// What a platform or a check complains of: which dish, which field, which mapping line.

import { h } from "./dom.js";
import { prose } from "./pieces.js";
import { lineOf } from "./words.js";

const SHOWN = 12;

/** Gives a list, or nothing where there is nothing to say beyond `known`. */
export function complaints(fields, known = "") {
  if (!fields?.length) return null;
  return h("ul", { class: "complaints" },
    fields.slice(0, SHOWN).map((each) => h("li", null,
      (each.name || each.item) && h("span", { class: "strong" }, each.name || each.item),
      each.item && each.item !== each.name && h("span", { class: "soft code small" }, ` ${each.item}`),
      each.message && !known.includes(each.message) && h("div", null, prose(each.message)),
      h("div", { class: "small code" }, [each.path, lineOf(each)].filter(Boolean).join(" · ")))),
    fields.length > SHOWN && h("li", { class: "soft" }, `and ${fields.length - SHOWN} more`));
}

// A list with filters in the address and more behind a button; it stays up to date while it is looked at.

import { addressOf, h } from "./dom.js";
import { keep } from "./live.js";
import { say } from "./pieces.js";
import { restaurantMeant, restaurantsLike, suggesting } from "./suggest.js";
import { many } from "./words.js";

const PAGE = 50;
const MOST_EMPTY = 20;
const TYPING = 300;

/** Reads so many pages, one after the other; `load(cursor)` gives `{items, next_cursor}`. Empty ones do not count. */
export async function pagesOf(count, load) {
  const items = [];
  let cursor = "";
  let pages = 0;
  for (let asked = 0; pages < count && asked < count + MOST_EMPTY; asked += 1) {
    const found = await load(cursor);
    items.push(...found.items);
    if (found.items.length > 0) pages += 1;
    cursor = found.next_cursor ?? "";
    if (!cursor) break;
  }
  return { items, more: Boolean(cursor) };
}

/**
 * Gives the list. `filters` are `[name, label, [[value, text]…]]`, or `[name, label, "restaurant"]`, by name or id;
 * `load(asked, signal)` gives `{items, next_cursor}`; `draw(items, again)` an element.
 */
export function pagedList({ route, query, signal, filters = [], load, draw, nothing, word, words, defaults = {} }) {
  const asked = Object.fromEntries(filters.map(([name]) => [name, query[name] ?? defaults[name] ?? ""]));
  const note = addressOf(route);
  let pages = 1;
  let told = "";
  const list = h("div");
  const again = keep(list, (ending) => pagesOf(pages, (cursor) => load({ ...asked, limit: PAGE, cursor }, ending)), ({ items, more }) => {
    const count = `${many(items.length, word, words)}${more ? ", and there are more" : ""}`;
    if (told && told !== count) say(count);
    told = count;
    if (items.length === 0) return nothing(asked);
    return h("div", { class: "stack" }, draw(items, () => again()),
      h("div", { class: "row" }, h("p", { class: "soft small" }, count),
        more && h("button", { class: "button", type: "button", onclick: () => { pages += 1; again(); } }, "Show more")));
  }, signal);
  const change = (name, value) => {
    asked[name] = value;
    pages = 1;
    if (note(asked)) again();
  };
  return h("div", { class: "stack" }, filters.length > 0 && form(filters, asked, change, signal), list);
}

function form(filters, asked, change, signal) {
  return h("form", { class: "filters two", role: "search", onsubmit: (event) => event.preventDefault() },
    filters.map(([name, label, entries]) => h("div", { class: "field half" }, h("label", { for: `filter-${name}` }, label),
      entries === "restaurant" ? restaurant(name, asked, change, signal)
        : h("select", { id: `filter-${name}`, onchange: (event) => change(name, event.target.value) },
          entries.map(([value, text]) => h("option", { value, selected: value === asked[name] }, text))))));
}

function restaurant(name, asked, change, signal) {
  let timer;
  let latest = "";
  const input = h("input", {
    id: `filter-${name}`, type: "search", value: asked[name], autocomplete: "off", spellcheck: "false", maxlength: 120, placeholder: "Name or id",
    oninput: () => {
      clearTimeout(timer);
      timer = setTimeout(async () => {
        latest = input.value.trim();
        const meant = await restaurantMeant(latest, signal);
        if (latest === input.value.trim()) change(name, meant);
      }, TYPING);
    },
  });
  return [input, suggesting(input, (text) => restaurantsLike(text, signal))];
}

// Fields that know what there is: restaurants by name or id, and what a menu has.

import { freshId, h, put } from "./dom.js";
import { get, path, send } from "./api.js";
import { many } from "./words.js";

const TYPING = 200;
const MOST = 8;

/** Lets an input suggest while people type; `find(text)` gives `[value, label]…`. Gives what belongs beside it. */
export function suggesting(input, find) {
  const list = h("datalist", { id: freshId("suggestions") });
  input.setAttribute("list", list.id);
  let timer;
  let asked = 0;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    const mine = (asked += 1);
    timer = setTimeout(async () => {
      const text = input.value.trim();
      const found = text.length > 1 ? await find(text).catch(() => []) : [];
      if (mine === asked) put(list, found.slice(0, MOST).map(([value, label]) => h("option", { value, label })));
    }, TYPING);
  });
  return list;
}

/** Finds restaurants. */
export async function restaurantsLike(text, signal) {
  const { items } = await get(path("restaurants"), { search: text, limit: MOST }, signal);
  return items.map((row) => [row.restaurant_id, row.name]);
}

/** Gives the id of the one restaurant that is meant by an id or a name; the text itself where that is not clear. */
export async function restaurantMeant(text, signal) {
  if (!text) return "";
  const found = await restaurantsLike(text, signal).catch(() => []);
  const folded = text.toLowerCase();
  const same = found.filter(([id, name]) => id === text || name?.toLowerCase() === folded);
  const meant = found.some(([id]) => id === text) || same.length !== 1 ? found : same;
  return meant.length === 1 ? meant[0][0] : text;
}

/** Finds dishes and options by a part of their name, as one platform would get them. */
export async function dishesLike(restaurant, platform, text, signal) {
  const { dishes } = await send("POST", path("explain", platform), { restaurant_id: restaurant, dish: text }, signal);
  const kinds = new Map();
  for (const { record } of dishes) {
    if (!["item", "option"].includes(record.kind)) continue;
    const name = record.name || record.id;
    kinds.set(name, [...(kinds.get(name) ?? []), record.kind === "item" ? "dish" : "option"]);
  }
  return [...kinds].map(([name, each]) => [name, many(each.length, each[0], each[0] === "dish" ? "dishes" : "options")]);
}

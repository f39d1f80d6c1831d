// What is sold out at a restaurant: putting it back, and saying that more is.

import { h } from "../parts/dom.js";
import { ask, button, choice, field } from "../parts/acting.js";
import { chip, empty, table, toast, when } from "../parts/pieces.js";
import { get, path, send } from "../parts/api.js";
import { keep } from "../parts/live.js";
import { asked, namedHead, restaurantOf } from "../parts/place.js";
import { dishesLike, suggesting } from "../parts/suggest.js";

const ENDS = [["", "Until somebody puts it back"], ["60", "For 1 hour"], ["180", "For 3 hours"], ["day", "Until midnight"], ["own", "Until a time …"]];

export function show({ params, signal, session }) {
  const id = params.restaurant;
  const list = h("div");
  const again = keep(list, (ending) => get(path("availability", id), {}, ending), ({ items }) => {
    if (items.length === 0) return empty("Nothing is sold out", "Dishes that are marked as sold out, here, by an event or in the menu, are listed until they are back.");
    return h("div", { class: "table-frame" }, rows(items, id, session, () => again()));
  }, signal);
  const actions = session.operator ? [button("Mark as sold out …", () => mark(id, session, signal), { kind: "main", after: () => again() })] : [];
  return h("div", { class: "page" }, namedHead({ id, tab: "sold-out", actions, signal }), list);
}

function rows(items, id, session, again) {
  return table({
    caption: "Sold out", rows: items,
    columns: [
      ["Dish or option", (each) => [each.name || each.id, h("div", { class: "small soft code break" }, each.id)], { head: true }],
      ["Platform", (each) => session.title(each.platform)],
      ["State", (each) => told(each)],
      ["Since", (each) => [when(each.since), each.by && h("div", { class: "small soft" }, each.by === "menu" ? "the menu says so" : `by ${each.by}`)]],
      ["Until", (each) => (each.until ? when(each.until) : "until put back")],
      ...(session.operator ? [["Action", (each) => !each.ended && button("Put back", async () => {
        await send("POST", path("availability", id), { items: [each.id], available: true, platforms: [each.platform] });
        asked();
        return `${each.name || each.id} is back; ${session.title(each.platform)} is being told.`;
      }, { kind: "small", after: again, label: `Put ${each.name || each.id} back on ${session.title(each.platform)}` }), { quiet: true }]] : []),
    ],
  });
}

function told(entry) {
  if (entry.ended) return chip({ word: "Back, being told", tone: "working", says: "It is back here, and the platform has yet to be told." });
  if (!entry.told) return chip({ word: "Being told", tone: "working", says: "The platform has yet to take it." });
  return chip({ word: "Sold out", tone: "held", says: "The platform has taken it." });
}

async function mark(id, session, signal) {
  const { platforms } = await restaurantOf(id, signal);
  const there = session.platforms.filter((each) => platforms[each.platform]?.connected);
  const dish = h("input", { name: "dish", required: true, maxlength: 300, autocomplete: "off", placeholder: "Name or id" });
  const suggestions = suggesting(dish, (text) => (there.length > 0 ? dishesLike(id, there[0].platform, text, signal) : Promise.resolve([])));
  const time = h("input", { type: "datetime-local", name: "time", required: true, disabled: true, min: localTime(new Date()) });
  const own = field("Until", time);
  own.hidden = true;
  const end = h("select", { name: "end", onchange: () => { own.hidden = time.disabled = end.value !== "own"; } },
    ENDS.map(([value, text]) => h("option", { value }, text)));
  const boxes = there.map((each) => [each.platform, choice(each.title, { name: `on-${each.platform}`, checked: true })]);
  return ask({
    title: "Mark as sold out", text: "The platforms are told at once; the rest of the menu stays as it is.",
    fields: [field("Dish or option", dish), suggestions, field("How long", end), own,
      h("fieldset", { class: "stack close plain" }, h("legend", { class: "label" }, "Where"), boxes.map(([, box]) => box))],
    yes: "Mark as sold out",
    work: async () => {
      const chosen = boxes.filter(([, box]) => box.querySelector("input").checked).map(([name]) => name);
      if (chosen.length === 0) throw Object.assign(new Error("Choose at least one platform."), { hint: "" });
      const body = { items: [dish.value.trim()], available: false, platforms: chosen.length === boxes.length ? [] : chosen };
      const until = endOf(end.value, time.value);
      if (until) body.until = until;
      const found = await send("POST", path("availability", id), body);
      asked();
      for (const each of found.refused) toast(each.message, { failed: true, hint: each.hint });
      return found.entries.length > 0 ? `${found.entries[0].name || dish.value} is marked as sold out.` : "It was marked so already.";
    },
  }).then((done) => done && null);
}

const localTime = (time) => new Date(time - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

function endOf(value, time) {
  if (value === "own") return time ? new Date(time).toISOString() : "";
  if (value === "day") {
    const end = new Date();
    end.setHours(24, 0, 0, 0);
    return end.toISOString();
  }
  return value ? new Date(Date.now() + Number(value) * 60_000).toISOString() : "";
}

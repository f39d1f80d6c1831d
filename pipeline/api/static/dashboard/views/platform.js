// One restaurant on one platform, now: its state, what is in the way, and what can be done about it.

import { h, route } from "../parts/dom.js";
import { ask, button } from "../parts/acting.js";
import { chip, facts, newHead, prose, when } from "../parts/pieces.js";
import { get, path, send } from "../parts/api.js";
import { keep } from "../parts/live.js";
import { asked, forceButton, platformHead, publishButton, releaseButton, restaurantOf, rollbackButton } from "../parts/place.js";
import { operationTable } from "../parts/operations.js";
import { show as nowhere } from "./nowhere.js";
import { complaints } from "../parts/complaints.js";
import { inWork, placeWords } from "../parts/words.js";

const RECENT = 6;

export function show({ params, signal, session }) {
  const { restaurant, platform } = params;
  if (!session.platforms.some((each) => each.platform === platform)) return nowhere();
  const top = h("div", { class: "stack" }, platformHead({ params, session, tab: "now" }));
  const body = h("div");
  let named = "";
  const load = async (ending) => {
    const [row, history] = await Promise.all([
      restaurantOf(restaurant, ending), get(path("history", restaurant), { platform, limit: RECENT }, ending),
    ]);
    const place = row.platforms[platform] ?? { connected: false, status: "PENDING", error: "" };
    const error = place.error_id ? await get(path("errors", place.error_id), {}, ending).catch(() => null) : null;
    return { name: row.name, place, error, history: history.items };
  };
  const again = keep(body, load, (found) => {
    if (found.name !== named) {
      named = found.name;
      newHead(top, platformHead({ params, session, tab: "now", name: named }));
    }
    return h("div", { class: "page" }, state(found, params, session, () => again()), recent(found, params));
  }, signal);
  return h("div", { class: "page" }, top, body);
}

function state({ place, error, history }, { restaurant, platform }, session, again) {
  const words = placeWords(place);
  const title = session.title(platform);
  const held = place.status === "HELD" ? history.find((each) => each.state === "HELD") : null;
  const failed = error && error.status !== "resolved" ? error : null;
  return h(
    "section", { class: "card stack", "aria-label": "State" },
    h("div", { class: "row wide" }, chip(words), h("p", null, words.says)),
    place.error && inWork(place) && h("details", { "data-name": "before" }, h("summary", null, "What went wrong last time"), h("p", null, prose(place.error))),
    place.error && !inWork(place) && h("div", { class: `notice ${place.status === "HELD" || place.status === "SYNCED" ? "held" : "failed"}` },
      h("p", { class: "strong" }, prose(place.error)),
      failed?.hint && h("p", null, prose(failed.hint)),
      failed && complaints(failed.fields, place.error),
      h("div", { class: "row" },
        settingLinks(place.error, restaurant, platform, session),
        failed && session.operator && retryButton(failed.error_id, again),
        failed && session.operator && resolveButton(failed.error_id, again),
        held && session.operator && releaseButton(held.operation_id, title, { after: again }),
        held && h("a", { class: "button", href: route(["operations", held.operation_id]) }, "What is held back"),
        failed && h("a", { class: "button", href: route(["errors", failed.error_id]) }, "Everything about it"))),
    facts([
      ["Last published", when(place.last_sync)],
      ["Last compared", place.last_check ? when(place.last_check) : ""],
      ["Dishes there", place.item_count || ""],
      ["Platform's menu id", place.external_menu_id && h("code", null, place.external_menu_id)],
      ["Menu version", place.menu_version],
      ["In work", place.running && h("a", { href: route(["operations", place.running]) }, "see the operation")],
      ["In line", place.waiting && h("a", { href: route(["operations", place.waiting]) }, "see the operation")],
      ["Sold out", place.telling_availability && "being told to the platform"],
    ]),
    session.operator && place.connected && h("div", { class: "row" },
      publishButton(restaurant, platform, { kind: failed || held ? "" : "main", text: "Publish now", after: again }),
      forceButton(restaurant, platform, title, again),
      place.last_sync && rollbackButton(restaurant, platform, title, again)),
    session.operator && !place.connected && h("div", { class: "row" },
      h("a", { class: "button main", href: route(["restaurants", restaurant, "on", platform, "settings"]) }, "Connect")),
  );
}

/** Where a message speaks of a setting, that setting is one click away. */
export function settingLinks(text, restaurant, platform, session) {
  const settings = session.platforms.find((each) => each.platform === platform)?.settings ?? [];
  const meant = settings.filter((each) => new RegExp(`(?:^|[^\\w])${each.name}(?:[^\\w]|$)`).test(text));
  return meant.map((each) => h("a", {
    class: "button main", href: route(["restaurants", restaurant, "on", platform, "settings"], { setting: each.name }),
  }, session.operator ? "Change " : "See ", each.name.replaceAll("_", " ")));
}

/** Tries again what failed, with the newest menu. */
export function retryButton(error, after, kind = "") {
  return button("Try again", async () => {
    await send("POST", path("errors", error, "retry"));
    asked();
    return "It is tried again with the newest menu.";
  }, { kind, after });
}

/** Closes an error with a note. */
export function resolveButton(error, after, kind = "") {
  return button("Close …", () => ask({
    title: "Close this error?",
    text: "Closing changes nothing on the platform; it only says that somebody dealt with it.",
    fields: [h("div", { class: "field" }, h("label", { for: "note" }, "What was done"),
      h("textarea", { id: "note", name: "note", required: true, maxlength: 2000 }))],
    yes: "Close the error",
    work: async (form) => {
      await send("POST", path("errors", error, "resolve"), { note: form.elements.note.value.trim() });
      asked();
      return "The error is closed.";
    },
  }).then((done) => done && null), { kind, after });
}

function recent({ history }, { restaurant }) {
  return h("section", { class: "stack", "aria-labelledby": "recent-title" },
    h("div", { class: "row" }, h("h2", { id: "recent-title" }, "Lately"),
      h("a", { class: "small", href: route(["restaurants", restaurant, "history"]) }, "all of it")),
    history.length > 0 ? h("div", { class: "table-frame" }, operationTable(history, { platform: false }))
      : h("p", { class: "soft" }, "Nothing was published yet."));
}

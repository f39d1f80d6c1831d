// What several pages about one restaurant share: where one is, the actions, who may act.

import { h, route } from "./dom.js";
import { ask, button } from "./acting.js";
import { head, newHead, tabs } from "./pieces.js";
import { get, path, send } from "./api.js";

/** Reads a restaurant with its state on every platform. */
export const restaurantOf = (id, signal) => get(path("restaurants", id), {}, signal);

/** Tells the shell that work was asked for, so that it counts again soon. */
export function asked() {
  document.dispatchEvent(new CustomEvent("work-asked"));
}

/** The head and tabs of a restaurant's pages. */
export function restaurantHead({ id, row, tab, actions = [] }) {
  const at = (...more) => route(["restaurants", id, ...more]);
  return [
    head({
      crumbs: [["Restaurants", "#/restaurants"], ...(tab === "overview" ? [] : [[row?.name || id, at()]])],
      title: { overview: row?.name || id, "sold-out": "Sold out", history: "History", connections: "Connections" }[tab],
      lead: tab !== "overview" ? h("p", { class: "soft" }, h("bdi", null, row?.name || id))
        : row?.name && row.name !== id && h("p", { class: "soft code break" }, id),
      actions,
    }),
    tabs("This restaurant", [
      ["overview", "Overview", at()], ["sold-out", "Sold out", at("sold-out")], ["history", "History", at("history")],
      ["connections", "Connections", at("connections")],
    ], tab),
  ];
}

/** The same, with the restaurant's name as soon as it is known. */
export function namedHead({ id, tab, actions, signal }) {
  const top = h("div", { class: "stack" }, restaurantHead({ id, tab, actions }));
  restaurantOf(id, signal).then((row) => newHead(top, restaurantHead({ id, row, tab, actions }))).catch(() => {});
  return top;
}

/** The head and tabs of a restaurant's pages on one platform. */
export function platformHead({ params, session, tab, name, actions = [] }) {
  const { restaurant, platform } = params;
  const at = (...more) => route(["restaurants", restaurant, "on", platform, ...more]);
  const titles = { now: "", menu: "Menu on ", changes: "Changes on ", settings: "Settings on " };
  return [
    head({
      crumbs: [["Restaurants", "#/restaurants"], [name || restaurant, route(["restaurants", restaurant])]],
      title: `${titles[tab]}${session.title(platform)}`,
      lead: h("p", { class: "soft" }, name && name !== restaurant && [h("bdi", null, name), " · "], restaurant),
      actions,
    }),
    tabs("This restaurant on this platform", [
      ["now", "Now", at()], ["menu", "Menu", at("menu")], ["changes", "What would change", at("changes")],
      ["settings", "Settings", at("settings")],
    ], tab),
  ];
}

/** Publishes on one platform, or on all. */
export function publishButton(restaurant, platform, { kind = "", text = "Publish", after = null } = {}) {
  return button(text, async () => {
    const address = platform ? path("sync", restaurant, "platform", platform) : path("sync", restaurant, "full-refresh");
    const found = await send("POST", address, { force: false });
    asked();
    return told(found);
  }, { kind, after });
}

/** Publishes whatever happens: what has not changed, and what was held back. */
export function forceButton(restaurant, platform, title, after) {
  return button("Publish anyway …", () => ask({
    title: `Publish on ${title} anyway?`,
    text: "The newest menu is sent even if nothing has changed, and even if it looks like a mistake.",
    yes: "Publish anyway", kind: "grave",
    work: async () => {
      const found = await send("POST", path("sync", restaurant, "platform", platform), { force: true });
      asked();
      return told(found);
    },
  }).then((done) => done && null), { after });
}

/** Goes back to the last good menu. */
export function rollbackButton(restaurant, platform, title, after, to = "") {
  return button(to ? "Go back to this menu …" : "Roll back …", () => ask({
    title: `Go back to ${to ? "this" : "the previous"} menu on ${title}?`,
    text: `${to ? "This menu" : "The last good menu before the present one"} is published again, with today's availability. The present menu stays away until it has changed.`,
    yes: "Roll back", kind: "grave",
    work: async () => {
      await send("POST", path("rollback", restaurant, platform), { to });
      asked();
      return "The roll back is in line.";
    },
  }).then((done) => done && null), { after });
}

/** Lets a held menu go. */
export function releaseButton(operation, title, { kind = "main", after = null } = {}) {
  return button("Release", async () => {
    await send("POST", path("operations", operation, "release"));
    asked();
    return `Released: the menu goes to ${title} as it was held.`;
  }, { kind, after });
}

function told(found) {
  const refused = found.refused?.length ? ` ${found.refused.map((each) => each.message).join(" ")}` : "";
  return `${found.operations.length === 1 ? "The publish is" : `${found.operations.length} publishes are`} in line.${refused}`;
}


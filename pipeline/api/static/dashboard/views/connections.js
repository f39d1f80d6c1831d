// On which platforms a restaurant is, and where it could be.

import { h, route } from "../parts/dom.js";
import { chip, when } from "../parts/pieces.js";
import { get, path } from "../parts/api.js";
import { keep } from "../parts/live.js";
import { namedHead } from "../parts/place.js";
import { placeWords } from "../parts/words.js";

export function show({ params, signal, session }) {
  const id = params.restaurant;
  const list = h("div");
  keep(list, (ending) => Promise.all(session.platforms.map((each) => get(path("restaurants", id, "platforms", each.platform), {}, ending))),
    (connections) => h("ul", { class: "cards" }, connections.map((each) => h("li", null, card(id, each, session)))), signal, { pause: 15_000 });
  return h("div", { class: "page" }, namedHead({ id, tab: "connections", signal }), list);
}

function card(id, connection, session) {
  const platform = session.platforms.find((each) => each.platform === connection.platform);
  const set = Object.keys(connection.settings).length;
  const missing = platform.credentials.filter((each) => each.required && !each.present);
  return h(
    "article", { class: "card stack close" },
    h("div", { class: "row" }, h("h2", null, platform.title), chip(connection.connected ? placeWords(connection.state) : placeWords({ connected: false }))),
    h("p", { class: "small soft" }, connection.connected
      ? [`${set} of ${platform.settings.length} settings given`, connection.updated_at && [", changed ", when(connection.updated_at)]]
      : "Not connected."),
    missing.length > 0 && h("p", { class: "small why" }, `The account has no ${missing.map((each) => each.name).join(", ")}: whoever runs the service sets it in PLATFORM_CONFIGS.`),
    connection.state.needs_reconnect && h("p", { class: "small why" }, "The platform refuses the credentials. Correct them, then save the settings once: work goes on by itself."),
    h("div", { class: "row" }, h("a", { class: "button small", href: route(["restaurants", id, "on", connection.platform, "settings"]) },
      connection.connected ? "Settings" : session.operator ? "Connect" : "See")),
  );
}

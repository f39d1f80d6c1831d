// Menus that were held back because they look like a mistake: what they would change, and letting them go.

import { h, put, route } from "../parts/dom.js";
import { bones, empty, head, problemNote, prose, when } from "../parts/pieces.js";
import { get, path, send } from "../parts/api.js";
import { keep } from "../parts/live.js";
import { pagesOf } from "../parts/paging.js";
import { difference } from "../parts/difference.js";
import { releaseButton } from "../parts/place.js";

const PAGE = 20;

export function show({ signal, session }) {
  const list = h("div");
  let pages = 1;
  const again = keep(list, async (ending) => {
    const { items, more } = await pagesOf(pages, (cursor) => get(path("restaurants"), { status: "HELD", limit: PAGE, cursor }, ending));
    const held = items.flatMap((row) => Object.entries(row.platforms).filter(([, place]) => place.status === "HELD")
      .map(([platform, place]) => ({ restaurant: row.restaurant_id, name: row.name, platform, error: place.error })));
    const found = await Promise.all(held.map(async (each) => {
      const history = await get(path("history", each.restaurant), { platform: each.platform, limit: 20 }, ending);
      return { ...each, operation: history.items.find((one) => one.state === "HELD") };
    }));
    return { held: found, more };
  }, ({ held, more }) => {
    if (held.length === 0) return empty("Nothing is held back", "A menu that lost half of its dishes, or whose prices jumped, waits here until somebody says that it is meant.");
    return h("div", { class: "stack" }, held.map((each) => card(each, session, signal, () => again())),
      more && h("div", null, h("button", { class: "button", type: "button", onclick: () => { pages += 1; again(); } }, "Show more")));
  }, signal);
  return h("div", { class: "page" }, head({ title: "Held back", lead: "New menus that look like a mistake. What was live before is still live." }), list);
}

function card(each, session, signal, again) {
  const title = session.title(each.platform);
  const changes = h("div");
  const details = h("details", { "data-name": `${each.restaurant} ${each.platform}` }, h("summary", null, "What it would change"), changes);
  let asked = false;
  details.addEventListener("toggle", async () => {
    if (!details.open || asked) return;
    asked = true;
    put(changes, bones(2));
    try {
      put(changes, difference(await send("POST", path("diff", each.platform), { restaurant_id: each.restaurant, new_operation_id: each.operation.operation_id }, signal)));
    } catch (error) {
      asked = false;
      if (error.name !== "AbortError") put(changes, problemNote(error));
    }
  });
  return h("article", { class: "card stack" },
    h("div", { class: "row wide" },
      h("h2", null, h("a", { href: route(["restaurants", each.restaurant, "on", each.platform]) }, h("bdi", null, each.name || each.restaurant), ` on ${title}`)),
      each.operation && h("span", { class: "soft small" }, "held ", when(each.operation.updated_at))),
    h("p", { class: "notice held" }, prose(each.error)),
    each.operation && details,
    h("div", { class: "row" },
      each.operation && session.operator && releaseButton(each.operation.operation_id, title, { after: again }),
      each.operation && h("a", { class: "button", href: route(["operations", each.operation.operation_id]) }, "Everything about it")));
}

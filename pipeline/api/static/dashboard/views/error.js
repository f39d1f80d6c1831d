// One error: what happened, which dish, which mapping line, the platform's own answer.

import { h, route } from "../parts/dom.js";
import { facts, head, prose, when } from "../parts/pieces.js";
import { get, path } from "../parts/api.js";
import { keep } from "../parts/live.js";
import { attempts } from "../parts/attempts.js";
import { complaints } from "../parts/complaints.js";
import { errorChip } from "./errors.js";
import { resolveButton, retryButton, settingLinks } from "./platform.js";

export function show({ params, signal, session }) {
  const body = h("div");
  const again = keep(body, (ending) => get(path("errors", params.error), {}, ending),
    (error) => page(error, session, () => again()), signal, { title: "Error" });
  return body;
}

function page(error, session, again) {
  const { restaurant_id: restaurant, platform } = error;
  const title = session.title(platform);
  const open = error.status !== "resolved";
  return h("div", { class: "page" },
    head({
      crumbs: [["Errors", "#/errors"], [error.restaurant_name || restaurant, route(["restaurants", restaurant])], [title, route(["restaurants", restaurant, "on", platform])]],
      title: `${title}: what happened`,
      lead: h("p", { class: "soft code break" }, error.error_id),
    }),
    h("section", { class: "card stack", "aria-label": "In short" },
      h("div", { class: "row wide" }, errorChip(error.status), h("span", { class: "soft" }, "since ", when(error.created_at))),
      h("div", { class: `notice ${open ? "failed" : ""}` }, h("p", { class: "strong" }, prose(error.message)), error.hint && h("p", null, prose(error.hint))),
      !open && h("p", null, "Closed ", when(error.resolved_at), error.resolved_by && ` by ${error.resolved_by}`, error.note && `: ${error.note}`),
      h("div", { class: "row" },
        open && settingLinks(error.message, restaurant, platform, session),
        open && session.operator && retryButton(error.error_id, again, "main"),
        open && session.operator && resolveButton(error.error_id, again),
        h("a", { class: "button", href: route(["restaurants", restaurant, "on", platform, "menu"]) }, "See the menu field by field"))),
    error.fields.length > 0 && h("section", { class: "card stack", "aria-labelledby": "about-title" },
      h("h2", { id: "about-title" }, "What it is about"), complaints(error.fields)),
    error.attempts.length > 0 && h("section", { class: "card stack", "aria-labelledby": "sent-title" },
      h("h2", { id: "sent-title" }, "What was sent, and the platform's answer"), attempts(error.attempts)),
    h("section", { class: "card", "aria-label": "Details" }, facts([
      ["Code", h("code", null, error.code)],
      ["Operation", h("a", { class: "break", href: route(["operations", error.operation_id]) }, error.operation_id)],
      ["Payload", error.payload_hash && h("code", { class: "break" }, error.payload_hash)],
    ])));
}

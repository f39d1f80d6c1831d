// Asks for the key, once per browser session.

import { h } from "../parts/dom.js";
import { field } from "../parts/acting.js";
import { key } from "../parts/api.js";

/** The page in front of all others. `told` says why it is there again. */
export function keyPage(start, told = "") {
  document.title = "Menu Sync";
  const input = h("input", { type: "password", name: "key", autocomplete: "current-password", required: true, spellcheck: "false" });
  return h(
    "div", { class: "key-page" },
    h("main", { id: "main", tabindex: "-1" },
      h("form", {
        class: "card stack",
        onsubmit: (event) => {
          event.preventDefault();
          key.set(input.value.trim());
          start();
        },
      },
        h("div", { class: "row" }, h("img", { src: "/static/icon.svg", alt: "", width: 36, height: 36 }), h("h1", null, "Menu Sync")),
        h("p", { class: "soft" }, "What every platform has of every menu, and why it has not."),
        told && h("p", { class: "notice failed", role: "alert" }, told),
        field("Your key", input, "Whoever runs this service set it in API_KEYS. It is kept until you close this tab, and sent nowhere else."),
        h("button", { class: "button main", type: "submit" }, "Open"),
      ),
    ),
  );
}

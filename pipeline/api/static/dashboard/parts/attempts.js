// What was sent and what came back, request by request; secrets were masked before they got here.

import { h } from "./dom.js";
import { moment, duration } from "./words.js";

/** Gives the list of attempts, the newest first and open. */
export function attempts(sent) {
  return h("ol", { class: "attempts" }, [...sent].reverse().map((each, index) => h("li", null,
    h("details", { open: index === 0, "data-name": `${each.at} ${index}` },
      h("summary", null,
        h("span", { class: `status ${each.status !== null && each.status < 400 ? "good" : "bad"}` }, each.status ?? "no answer"),
        h("code", { class: "break" }, `${each.method} ${pathOf(each.url)}`),
        h("span", { class: "small soft" }, `${each.step} · ${moment(each.at)} · ${duration(each.seconds)}`)),
      each.fault && h("p", { class: "why" }, each.fault),
      part("The platform's answer", each.answer_body, each.answer_headers),
      part("What was sent", each.request_body, each.request_headers)))));
}

function pathOf(url) {
  try {
    const { pathname, search, host } = new URL(url);
    return `${host}${pathname}${search}`;
  } catch {
    return url;
  }
}

function part(title, body, headers) {
  const lines = Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${value}`).join("\n");
  if (!body && !lines) return null;
  return h("section", { class: "stack close" }, h("h3", null, title),
    body && h("pre", { class: "scroll", tabindex: "0", "aria-label": title }, pretty(body)),
    lines && h("details", null, h("summary", { class: "small" }, "Headers"), h("pre", { class: "scroll", tabindex: "0", "aria-label": `${title}, headers` }, lines)));
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

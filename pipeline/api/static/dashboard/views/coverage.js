// Which field of the menu reaches which platform, and where it is lost; computed from the mappings.

import { h, put } from "../parts/dom.js";
import { choice, field } from "../parts/acting.js";
import { bones, empty, head, problemNote, say, table } from "../parts/pieces.js";
import { get, path } from "../parts/api.js";
import { fileOf, lineOf, many } from "../parts/words.js";

const WORDS = { reaches: ["Yes", "live"], sometimes: ["Sometimes", "held"], apart: ["Own call", "working"], lost: ["No", "failed"] };

export function show({ signal }) {
  const body = h("div", null, bones(8));
  const load = () => get(path("coverage"), {}, signal)
    .then((found) => put(body, page(found)))
    .catch((error) => error.name !== "AbortError" && put(body, problemNote(error, load)));
  load();
  return h("div", { class: "page" }, head({ title: "Coverage", lead: "Which field of a menu reaches which platform, computed from the mappings alone." }), body);
}

function page(found) {
  const frame = h("div");
  const asked = { text: "", gaps: false };
  const draw = () => {
    const rows = found.fields.filter((row) => row.field.includes(asked.text)
      && (!asked.gaps || Object.values(row.platforms).some((cell) => !["reaches", "apart"].includes(cell.state))));
    put(frame, rows.length === 0 ? empty("No field fits", "Try a shorter word.") : h("div", { class: "table-frame" }, matrix(found, rows)));
    say(many(rows.length, "field"));
  };
  const input = h("input", { type: "search", autocomplete: "off", placeholder: "price, hours, allergens …", oninput: () => { asked.text = input.value.trim().toLowerCase(); draw(); } });
  draw();
  return h("div", { class: "stack" },
    h("ul", { class: "cards" }, found.platforms.map((each) => h("li", null, card(each, found.fields.length)))),
    h("form", { class: "filters two", role: "search", onsubmit: (event) => event.preventDefault() }, field("Find a field", input),
      choice("Only fields with a gap", { onchange: (event) => { asked.gaps = event.target.checked; draw(); } })),
    frame);
}

function card(platform, total) {
  const { counts } = platform;
  return h("article", { class: "card stack close" },
    h("h2", null, platform.title),
    h("p", { class: "soft small" }, `${counts.reaches + counts.apart} of ${total} fields reach it, ${counts.sometimes} sometimes, ${counts.lost} never`),
    h("div", { class: "meter", "aria-hidden": "true" }, Object.entries(WORDS).map(([state, [, tone]]) => {
      const part = h("i", { class: tone });
      part.style.flexGrow = counts[state] ?? 0;
      return part;
    })),
    h("p", { class: "small soft code" }, fileOf(platform.file)),
    platform.unfilled?.length > 0 && h("details", null, h("summary", { class: "small" }, `${many(platform.unfilled.length, "field")} of its own that stay empty`),
      h("ul", { class: "small unfilled" }, platform.unfilled.map((each) => h("li", null, h("code", { class: "break" }, each.path),
        h("span", { class: "soft" }, ` ${each.reason || each.about}`))))));
}

function matrix(found, rows) {
  return table({
    caption: "Fields of the menu by platform", rows,
    columns: [
      ["Field", (row) => h("code", { class: "break" }, row.field), { head: true }],
      ...found.platforms.map((platform) => [platform.title, (row) => cell(row.platforms[platform.name])]),
    ],
  });
}

function cell({ state, because, targets }) {
  const [word, tone] = WORDS[state];
  const mark = h("span", { class: `chip flat ${tone}` }, word);
  if (because.length === 0 && targets.length === 0) return mark;
  return h("details", { class: "cover" }, h("summary", null, mark),
    because.map((text) => h("p", { class: "small break" }, text)),
    targets.map((each) => h("p", { class: "small soft code break" }, `${each.path} · ${lineOf(each)}`)));
}

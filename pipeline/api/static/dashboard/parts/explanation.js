// Why a payload field is what it is: the mapping line, the loops around it, each step.

import { h } from "./dom.js";
import { facts, findingList } from "./pieces.js";
import { lineOf } from "./words.js";

const KINDS = {
  source: "From the menu", literal: "As written", text: "As text", transform: "Then", let: "Named", if: "Only if", unless: "Unless",
  else: "Otherwise", default: "Where empty", with: "Given", template: "Template", object: "Object", list: "List", empty: "Where empty",
};

/** Gives the explanation of one field. */
export function explanation(found) {
  return h("div", { class: "stack explanation" },
    h("p", { class: "code break" }, found.field),
    found.present
      ? h("p", { class: "result" }, shown(found.value))
      : h("p", { class: "notice held" }, "It is not sent."),
    found.reason && reason(found.reason),
    found.mapping?.file && h("figure", null,
      h("figcaption", { class: "small soft" }, lineOf(found.mapping)), h("pre", { class: "line" }, found.mapping.text)),
    found.steps.length > 0 && h("section", { class: "stack close" }, h("h3", null, "Step by step"),
      h("ol", { class: "steps" }, found.steps.map(step))),
    found.loops.length > 0 && h("section", { class: "stack close" }, h("h3", null, "It stands in"),
      facts(found.loops.map((each) => [each.name, each.record ? [each.record.name || each.record.id, h("span", { class: "soft small code" }, ` ${each.record.id}`)] : shown(each.value)]))),
    found.findings.length > 0 && h("section", { class: "stack close" }, h("h3", null, "What was told of it"), findingList(found.findings, 8)));
}

function step(each) {
  return h("li", { "data-level": Math.min(each.level, 4) },
    h("div", { class: "small soft" }, KINDS[each.kind] ?? each.kind, each.note && ` · ${each.note}`),
    h("div", { class: "step" }, h("code", { class: "break" }, each.text), h("span", { "aria-hidden": "true" }, "→"),
      h("span", { class: "value break" }, each.has_value ? shown(each.value) : "no value")),
    each.reads.map((read) => h("div", { class: "small soft code break" }, `${read.path} = ${shown(read.value)}`)));
}

/** Gives why something is not there. */
export function reason(why) {
  return h("div", { class: "notice held" }, h("p", null, why.message), why.hint && h("p", { class: "soft" }, why.hint),
    (why.because ?? []).length > 0 && h("ul", null, why.because.map((each) => h("li", { class: "small" }, h("code", null, each.field), `: ${each.message}`))));
}

/** Says any value in one line. */
export function shown(value) {
  if (value === null || value === undefined) return "null";
  if (typeof value === "string") return value === "" ? "“”" : value;
  if (typeof value !== "object") return String(value);
  if (value.kind && value.id && "name" in value) return `${value.name || value.id} (${value.kind})`;
  const text = JSON.stringify(value);
  return text.length > 400 ? `${text.slice(0, 400)} …` : text;
}

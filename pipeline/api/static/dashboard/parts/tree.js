// A payload as a tree that opens where one looks, and where every field can be asked why it is so.

import { h } from "./dom.js";

const AT_ONCE = 200;
const MOST_FOUND = 40;
const PLAIN = /^[\p{L}\p{N}_\-@$]+$/u;
const NAMES = ["name", "title", "display_name", "label", "id", "external_id", "day", "date"];

/** Gives a path as people and the API write it: `menu.categories[3].items[0].price`. */
export function pathText(path) {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (PLAIN.test(part)) text += text ? `.${part}` : part;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
}

/** Reads such a path; null where it is none. */
export function pathParts(text) {
  const parts = [];
  const pattern = /\.?([\p{L}\p{N}_\-@$]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/uy;
  while (pattern.lastIndex < text.length) {
    const found = pattern.exec(text);
    if (!found) return null;
    try {
      parts.push(found[1] ?? (found[2] === undefined ? JSON.parse(found[3]) : Number(found[2])));
    } catch {
      return null;
    }
  }
  return parts;
}

/** Makes the tree. `choose(path, value)` is called when a field is clicked. Gives `{element, reveal(path)}`. */
export function tree(payload, choose) {
  const root = level(payload, [], choose);
  return {
    element: h("div", { class: "tree" }, root),
    reveal(path) {
      let list = root;
      let node = null;
      for (const [index, part] of path.entries()) {
        list.more?.(part);
        node = list.nodes?.get(part);
        if (!node) return null;
        if (index < path.length - 1 && node.openUp) list = node.openUp();
      }
      node?.querySelector("button")?.focus();
      node?.scrollIntoView({ block: "center" });
      return node;
    },
  };
}

function level(value, path, choose) {
  const list = h("ul");
  const entries = Array.isArray(value) ? value.map((each, index) => [index, each]) : Object.entries(value);
  list.nodes = new Map();
  let shown = 0;
  const rest = h("li", null, h("button", { type: "button", class: "button quiet small", onclick: () => grow(shown + AT_ONCE) }, "Show more"));
  const grow = (until) => {
    rest.remove();
    for (const [key, each] of entries.slice(shown, until)) {
      const made = node(key, each, [...path, key], choose);
      list.nodes.set(key, made);
      list.append(made);
    }
    shown = Math.min(until, entries.length);
    if (shown < entries.length) list.append(rest);
  };
  list.more = (key) => {
    const place = entries.findIndex(([each]) => each === key);
    if (place >= shown) grow(place + AT_ONCE);
  };
  grow(AT_ONCE);
  return list;
}

function node(key, value, path, choose) {
  const inner = value !== null && typeof value === "object";
  const why = h("button", {
    type: "button", class: "why-field", "aria-label": `Explain ${pathText(path)}`, onclick: () => choose(path, value),
  }, inner ? "why?" : h("span", { class: `value ${typeof value}` }, scalar(value)));
  if (!inner) return h("li", { class: "leaf" }, h("span", { class: "key" }, keyText(key)), why);
  const size = Array.isArray(value) ? value.length : Object.keys(value).length;
  const details = h("details", null,
    h("summary", null, h("span", { class: "key" }, keyText(key)), h("span", { class: "soft" }, summary(value, size))));
  let list = null;
  const openUp = () => {
    details.open = true;
    if (!list) {
      list = level(value, path, choose);
      details.append(list);
    }
    return list;
  };
  details.addEventListener("toggle", () => details.open && openUp());
  const made = h("li", { class: "branch" }, why, details);
  made.openUp = openUp;
  return made;
}

const keyText = (key) => (typeof key === "number" ? `${key + 1}.` : `${key}`);

function summary(value, size) {
  if (size === 0) return Array.isArray(value) ? " empty list" : " empty";
  if (Array.isArray(value)) return ` ${size} ${size === 1 ? "entry" : "entries"}`;
  return ` ${nameOf(value) || `${size} ${size === 1 ? "field" : "fields"}`}`;
}

function nameOf(value, depth = 0) {
  for (const name of NAMES) {
    const found = value[name];
    if (typeof found === "string" && found) return found;
    if (found && typeof found === "object" && depth < 3) {
      const text = Object.values(found).flatMap((each) => (typeof each === "string" ? [each] : each && typeof each === "object" ? [nameOf({ name: Object.values(each)[0] }, depth + 1)] : []))[0];
      if (text) return text;
    }
  }
  return "";
}

function scalar(value) {
  return typeof value === "string" ? (value === "" ? "“”" : value) : String(value);
}

/** Finds fields whose value has a text in it. Gives `[path, value]`, at most so many. */
export function search(payload, text) {
  const wanted = text.toLowerCase();
  const found = [];
  const waiting = [[[], payload]];
  while (waiting.length > 0 && found.length < MOST_FOUND) {
    const [path, value] = waiting.shift();
    if (value !== null && typeof value === "object") {
      const entries = Array.isArray(value) ? value.map((each, index) => [index, each]) : Object.entries(value);
      for (const [key, each] of entries) waiting.push([[...path, key], each]);
    } else if (String(value).toLowerCase().includes(wanted)) found.push([path, value]);
  }
  return found;
}

// Pieces that every page is made of.

import { h, put, route } from "./dom.js";
import { icon } from "./icons.js";
import { ago, lineOf, moment } from "./words.js";

/** A state as a word with a picture and a colour; never a colour alone. */
export function chip(words, extra) {
  return h("span", { class: `chip ${words.tone}`, title: words.says || null }, icon(words.tone), words.word, extra);
}

/** A time as people say it, with the full one behind it. */
export function when(instant) {
  if (!instant) return h("span", { class: "soft" }, "never");
  return h("time", { datetime: instant, title: moment(instant), class: "nowrap", "data-ago": true }, ago(instant));
}

/** Keeps every "4 min ago" on the page true. */
export function tick(root) {
  for (const each of root.querySelectorAll("time[data-ago]")) {
    const text = ago(each.dateTime);
    if (each.textContent !== text) each.textContent = text;
  }
}

/** Says a sentence of the API: what stands between backticks is a name as people write it. */
export function prose(text) {
  return String(text ?? "").split(/`([^`]+)`/).map((part, index) => (index % 2 ? h("code", null, part) : part));
}

/** The head of a page: where one is, its name, a sentence, and what can be done. Names keep their own direction. */
export function head({ crumbs = [], title, lead, actions = [] }) {
  document.title = `${title} – Menu Sync`;
  return h(
    "div", { class: "head" },
    h(
      "div", null,
      crumbs.length > 0 && h(
        "nav", { class: "crumbs", "aria-label": "Where you are" },
        h("ol", null, crumbs.map(([text, href]) => h("li", null, h("a", { href, title: text }, h("bdi", null, text))))),
      ),
      h("h1", { tabindex: "-1" }, h("bdi", null, title)),
      lead && (lead instanceof Node ? lead : h("p", { class: "soft" }, lead)),
    ),
    actions.filter(Boolean).length > 0 && h("div", { class: "row" }, actions),
  );
}

/** Puts a head in place of another; if its title had the focus, the new one gets it. */
export function newHead(top, nodes) {
  const focused = top.contains(document.activeElement) && document.activeElement.matches("h1");
  put(top, nodes);
  if (focused) top.querySelector("h1")?.focus({ preventScroll: true });
}

/** Pages of one thing, as links. */
export function tabs(label, entries, current) {
  const bar = h(
    "nav", { class: "tabs", "aria-label": label },
    entries.map(([name, text, href]) => h("a", { href, "aria-current": name === current ? "page" : null }, text)),
  );
  showCurrent(bar);
  return bar;
}

/** Scrolls a row of links that is wider than the window to the one that people are at. */
export function showCurrent(bar) {
  requestAnimationFrame(() => {
    const current = bar.querySelector("[aria-current=page]");
    if (current) bar.scrollLeft += current.getBoundingClientRect().left - bar.getBoundingClientRect().left - (bar.clientWidth - current.clientWidth) / 2;
  });
}

/** Nothing is there, and that is said kindly. */
export function empty(title, text, ...actions) {
  return h("div", { class: "empty" }, h("h2", null, title), text && h("p", null, text), actions);
}

/** Grey lines in place of what is being loaded. */
export function bones(count = 4) {
  return h("div", { class: "bones", role: "status" }, h("span", { class: "unseen" }, "Loading"),
    Array.from({ length: count }, () => h("i", { "aria-hidden": "true" })));
}

/** What went wrong, with what to do next. */
export function problemNote(problem, again) {
  return h(
    "div", { class: "notice failed", role: "alert" },
    h("p", { class: "strong" }, prose(problem.message)),
    problem.hint && h("p", null, prose(problem.hint)),
    problem.findings?.length > 0 && findingList(problem.findings),
    again && h("div", null, h("button", { class: "button small", type: "button", onclick: again }, "Try again")),
  );
}

/** What was told of a menu: message, dish, mapping line. */
export function findingList(findings, most = 40) {
  return h(
    "ul", { class: "findings" },
    findings.slice(0, most).map((each) => {
      const names = (each.records ?? []).map((record) => record.name || record.id).filter(Boolean);
      const many = each.count > 1;
      const name = many ? "" : names.at(-1);
      return h(
        "li", { class: each.severity },
        h("span", { class: "mark" }, severityWord(each.severity)),
        h("div", null,
          h("p", null, name && !each.message.includes(name) && [h("strong", null, h("bdi", null, name)), ": "], prose(each.message)),
          many && h("p", { class: "small soft" }, `${names.join(", ")}${each.count > names.length ? ` and ${each.count - names.length} more` : ""}`),
          each.hint && h("p", { class: "small soft" }, prose(each.hint)),
          each.file && h("p", { class: "small soft code" }, lineOf(each))),
      );
    }),
    findings.length > most && h("li", null, `and ${findings.length - most} more`),
  );
}

function severityWord(severity) {
  return { error: "Error", hold: "Held", warning: "Warning", note: "Note" }[severity] ?? severity;
}

/**
 * A table: `columns` are `[label, cell(row), {head, right}]`. Rows fold into cards where it is narrow; the
 * roles are written out because folding would take them away.
 */
export function table({ caption, columns, rows, folds = true, kind = "" }) {
  const cell = ([label, make, options = {}], row) => {
    const name = options.head ? "th" : "td";
    return h(
      name,
      { role: options.head ? "rowheader" : "cell", scope: options.head ? "row" : null, "data-label": options.head ? "" : label,
        class: options.right ? "right" : null },
      h("div", { class: "in" }, make(row)),
    );
  };
  return h(
    "table", { class: `${folds ? "folds" : ""} ${kind}`.trim() || null, role: "table" },
    h("caption", { class: "unseen" }, caption),
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, columns.map(([label, , options = {}]) =>
      h("th", { scope: "col", role: "columnheader", class: options.right ? "right" : null },
        options.quiet ? h("span", { class: "unseen" }, label) : label)))),
    h("tbody", { role: "rowgroup" }, rows.map((row) =>
      h("tr", { role: "row" }, columns.map((column) => cell(column, row))))),
  );
}

/** A list of a term and what it is; entries without a value are left out. */
export function facts(entries) {
  return h("dl", { class: "facts" }, entries.filter(([, value]) => value !== "" && value !== null && value !== undefined && value !== false)
    .map(([name, value]) => [h("dt", null, name), h("dd", null, value)]));
}

/** Says something to screen readers. */
export function say(text) {
  put(document.getElementById("said"), text);
}

/** Shows a message that goes by itself, in place of the one before; one about a failure stays until it is closed. */
export function toast(text, { failed = false, hint = "", link = null } = {}) {
  const close = () => box.remove();
  const box = h(
    "div", { class: `toast${failed ? " failed" : ""}`, role: failed ? "alert" : "status" },
    h("div", null, h("p", null, prose(text)), hint && h("p", { class: "small soft" }, prose(hint)), link && h("a", { href: link[1], onclick: close }, link[0])),
    h("button", { class: "button quiet small", type: "button", onclick: close, "aria-label": "Close this message" }, "×"),
  );
  for (const other of document.querySelectorAll(".toast:not(.failed)")) if (!failed) other.remove();
  document.getElementById("toasts").append(box);
  if (!failed) setTimeout(close, 7000);
}

export { route };

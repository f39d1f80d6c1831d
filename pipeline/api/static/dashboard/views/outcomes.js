// How syncs went over the last days: outcomes, failures, and how long they took.

import { addressOf, h, put } from "../parts/dom.js";
import { bones, empty, head, problemNote, table } from "../parts/pieces.js";
import { get, path } from "../parts/api.js";
import { bars } from "../parts/bars.js";
import { duration, kindWord, stateWords } from "../parts/words.js";

const SPANS = [["7", "7 days"], ["14", "14 days"], ["30", "30 days"], ["90", "90 days"]];
const SERIES = [["SYNCED", "Live", "live"], ["HELD", "Held back", "held"], ["FAILED", "Failed", "failed"], ["SUPERSEDED", "Overtaken", "waiting"]];

export function show({ query, signal, session }) {
  const asked = { days: query.days ?? "14", platform: query.platform ?? "" };
  const note = addressOf(["outcomes"]);
  const body = h("div", null, bones(6));
  const load = async () => {
    try {
      const found = await get(path("summary"), { days: asked.days }, signal);
      put(body, page(found, asked, session));
    } catch (error) {
      if (error.name !== "AbortError") put(body, problemNote(error, load));
    }
  };
  const change = (name, value) => {
    asked[name] = value;
    if (note(asked)) load();
  };
  const select = (name, label, entries) => h("div", { class: "field half" }, h("label", { for: name }, label),
    h("select", { id: name, onchange: (event) => change(name, event.target.value) }, entries.map(([value, text]) => h("option", { value, selected: value === asked[name] }, text))));
  load();
  return h("div", { class: "page" }, head({ title: "Outcomes", lead: "How publishes and sold-out calls went, and how long they took." }),
    h("form", { class: "filters two", onsubmit: (event) => event.preventDefault() }, select("days", "How far back", SPANS),
      select("platform", "Platform", [["", "All platforms"], ...session.platforms.map((each) => [each.platform, each.title])])),
    body);
}

function page(found, asked, session) {
  const rows = found.outcomes.filter((each) => !asked.platform || each.platform === asked.platform);
  if (rows.length === 0) return empty("Nothing ended in this time", "As soon as menus are published, they are counted here.");
  const days = daysSince(found.since, Number(asked.days));
  const counted = days.map((day) => [label(day), sums(rows.filter((each) => each.day === day), (each) => each.state, (each) => each.count)]);
  const total = sums(rows, (each) => each.state, (each) => each.count);
  const published = rows.filter((each) => each.kind !== "availability" && each.state === "SYNCED");
  const took = days.map((day) => [label(day), { seconds: mean(published.filter((each) => each.day === day)) }]);
  const all = Object.values(total).reduce((sum, each) => sum + each, 0);
  return h("div", { class: "stack" },
    h("ul", { class: "figures" },
      figure("Live", total.SYNCED ?? 0, "live"), figure("Held back", total.HELD ?? 0, "held"), figure("Failed", total.FAILED ?? 0, "failed"),
      figure("Went through", `${all ? (((total.SYNCED ?? 0) / all) * 100).toFixed(1) : 0} %`, ""),
      figure("Mean time to live", duration(mean(published)), "")),
    h("section", { class: "card stack", "aria-labelledby": "ended-title" }, h("h2", { id: "ended-title" }, "How they ended, by day"),
      bars({ days: counted, series: SERIES.filter(([name]) => total[name]), said: `Outcomes by day: ${Object.entries(total).map(([state, count]) => `${stateWords(state).word} ${count}`).join(", ")}.` })),
    h("section", { class: "card stack", "aria-labelledby": "took-title" }, h("h2", { id: "took-title" }, "From asked to live, by day"),
      bars({ days: took, series: [["seconds", "Mean time to live", "accent"]], said: `Mean time to live by day; over all days ${duration(mean(published))}.`, unit: duration })),
    h("div", { class: "table-frame" }, figures(rows, session)));
}

function figure(word, value, tone) {
  return h("li", { class: "card" }, h("div", { class: `big ${tone}` }, typeof value === "number" ? value.toLocaleString() : value), h("div", { class: "soft small" }, word));
}

function figures(rows, session) {
  const groups = new Map();
  for (const each of rows) {
    const key = [each.platform, each.kind, each.state].join("|");
    const known = groups.get(key) ?? { ...each, count: 0, total: 0, longest: 0 };
    known.count += each.count;
    known.total += each.seconds * each.count;
    known.longest = Math.max(known.longest, each.longest);
    groups.set(key, known);
  }
  return table({
    caption: "The figures by platform", rows: [...groups.values()],
    columns: [
      ["Platform", (each) => session.title(each.platform), { head: true }], ["What", (each) => kindWord(each.kind)],
      ["How it ended", (each) => stateWords(each.state).word], ["How many", (each) => each.count.toLocaleString(), { right: true }],
      ["Mean time", (each) => duration(each.total / each.count), { right: true }], ["Longest", (each) => duration(each.longest), { right: true }],
    ],
  });
}

function sums(rows, key, value) {
  const found = {};
  for (const row of rows) found[key(row)] = (found[key(row)] ?? 0) + value(row);
  return found;
}

function mean(rows) {
  const count = rows.reduce((sum, each) => sum + each.count, 0);
  return count ? rows.reduce((sum, each) => sum + each.seconds * each.count, 0) / count : 0;
}

function daysSince(since, count) {
  const start = Date.parse(since);
  return Array.from({ length: count }, (_, index) => new Date(start + index * 86_400_000).toISOString().slice(0, 10));
}

const label = (day) => new Date(`${day}T12:00:00Z`).toLocaleDateString(undefined, { day: "numeric", month: "short" });


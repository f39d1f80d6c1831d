// "Where is this dish?": asks every platform for it, and says in one sentence each what became of it.

import { addressOf, h, put, route } from "./dom.js";
import { busy, button, field } from "./acting.js";
import { chip, findingList, problemNote, prose, say, when } from "./pieces.js";
import { get, path, send } from "./api.js";
import { asked } from "./place.js";
import { dishesLike, suggesting } from "./suggest.js";
import { lineOf, many, placeWords, spoken } from "./words.js";

const MOST_FOUND = 20;
const MOST_NAMES = 6;
const WORST_FIRST = ["failed", "held", "waiting", "off", "live"];

/** Gives `{element, places(platforms)}`; `wanted` is looked for at once. */
export function dishFinder({ id, session, signal, wanted }) {
  const note = addressOf(["restaurants", id]);
  let places = {};
  const known = Promise.withResolvers ? Promise.withResolvers() : later();
  const found = h("div", { "aria-live": "polite" });
  const input = h("input", { type: "search", name: "dish", value: wanted, placeholder: "Name or id", autocomplete: "off", maxlength: 200, required: true });
  const find = h("button", { class: "button main", type: "submit" }, "Find");
  const suggestions = suggesting(input, (text) => {
    const platform = Object.keys(places).find((each) => places[each].connected);
    return platform ? dishesLike(id, platform, text, signal) : Promise.resolve([]);
  });
  const look = () => busy(find, async () => {
    const text = input.value.trim();
    if (!text) return false;
    note({ dish: text });
    put(found, h("p", { class: "loading" }, "Looking …"));
    await known.promise;
    const answers = await Promise.all(Object.keys(places).map((platform) => answersOf(id, platform, places[platform], text, signal)));
    put(found, answers.map((each) => verdict(id, each, session, look)));
    say(`${text}: ${answers.map(([first, ...more]) => `${session.title(first.platform)}: ${[first, ...more].map(({ word }) => word).join(", ")}`).join("; ")}`);
    return "";
  });
  const element = h(
    "section", { class: "card stack", "aria-labelledby": "dish-title" },
    h("h2", { id: "dish-title" }, "Where is a dish?"),
    h("form", { class: "find", onsubmit: (event) => { event.preventDefault(); look(); } },
      field("A dish, option or category", input), find, suggestions),
    found,
  );
  if (wanted) queueMicrotask(look);
  return {
    element,
    places(platforms) {
      places = platforms;
      known.resolve();
    },
  };
}

function later() {
  const made = {};
  made.promise = new Promise((resolve) => { made.resolve = resolve; });
  return made;
}

/** Puts together what is known of all that is called so: is it in what would be sent, is it live, is it sold out. */
async function answersOf(id, platform, place, text, signal) {
  if (!place.connected) return [{ platform, place, word: "not connected", tone: "off", because: ["Nothing is sent to this platform: the restaurant is not connected to it."] }];
  const body = { restaurant_id: id };
  const [explained, difference, ledger] = await Promise.all([
    send("POST", path("explain", platform), { ...body, dish: text }, signal).catch((error) => ({ problem: error })),
    send("POST", path("diff", platform), body, signal).catch((error) => ({ problem: error })),
    get(path("availability", id), {}, signal).catch(() => ({ items: [] })),
  ]);
  if (explained.problem) return [{ platform, place, word: "cannot be told", tone: "failed", problem: explained.problem }];
  const all = [...(difference.menu ?? []), ...(difference.mapping ?? [])].filter((change) => change.record);
  if (explained.dishes.length === 0) return [absent({ platform, place, text, changes: all, hint: explained.hint ?? "" })];
  const nothingLive = difference.problem?.code === "nothing-to-compare";
  return alike(explained.dishes.map((dish) => {
    const changes = all.filter((change) => change.record.kind === dish.record.kind && change.record.id === dish.record.id);
    const out = ledger.items.find((entry) => entry.platform === platform && entry.id === dish.record.id && !entry.ended);
    return judged({ platform, place, dish, changes, out, nothingLive });
  }));
}

/** Puts together of what the same is to be said; what somebody has to do something about comes first. */
function alike(answers) {
  const groups = new Map();
  for (const answer of answers) {
    const key = JSON.stringify([answer.word, answer.because, answer.hints ?? []]);
    const group = groups.get(key) ?? { ...answer, dishes: [], outs: [] };
    group.dishes.push(answer.dish);
    if (answer.out) group.outs.push(answer.out);
    groups.set(key, group);
  }
  return [...groups.values()].sort((one, other) => WORST_FIRST.indexOf(one.tone) - WORST_FIRST.indexOf(other.tone));
}

/** The newest menu does not have it; perhaps the one that is live still does. */
function absent({ platform, place, text, changes, hint }) {
  const wanted = text.toLowerCase();
  const gone = changes.filter(({ code }) => code === "gone").map(({ record }) => record);
  const whole = gone.filter(({ id, name }) => id === text || name.trim().toLowerCase() === wanted);
  const found = whole.length > 0 ? whole : gone.filter(({ name }) => name.toLowerCase().includes(wanted));
  if (found.length === 0) return { platform, place, word: "not in the menu", tone: "off", because: [`The restaurant's menu has nothing of that name. ${hint}`.trim()] };
  const because = [`${found.length > 1 ? "They are" : "It is"} live there, and the newest menu no longer has ${found.length > 1 ? "them" : "it"}.`, place.error];
  return { platform, place, word: "live, not in the newest menu", tone: "held", dishes: found.map((record) => ({ record })), because };
}

function judged(answer) {
  const { place, dish, changes, out, nothingLive } = answer;
  const because = [];
  if (!dish.present) {
    return { ...answer, word: "left out", tone: "failed", because: dish.reasons.map((each) => each.message), lines: dish.reasons, hints: dish.reasons.map((each) => each.hint) };
  }
  const isNew = nothingLive || !place.last_sync || changes.some((change) => change.code === "appeared");
  if (isNew) {
    because.push(nothingLive || !place.last_sync ? "No menu of this restaurant is live there yet." : "It is in the newest menu, and that menu is not live there.");
    if (place.error) because.push(place.error);
    return { ...answer, word: "not live", tone: place.status === "HELD" ? "held" : place.error ? "failed" : "waiting", because };
  }
  if (out) {
    because.push(out.until ? "It is live, but marked as sold out until then." : "It is live, but marked as sold out until somebody puts it back.");
    return { ...answer, word: "sold out", tone: "held", because };
  }
  if (changes.length > 0) {
    because.push(...changes.slice(0, 4).map((change) => change.text));
    if (place.error) because.push(place.error);
    return { ...answer, word: "live, not as in the newest menu", tone: "held", because };
  }
  return { ...answer, word: "live", tone: "live", because: ["It is live there as the newest menu has it."] };
}

/** One platform's answers: the worst beside its name, and each with what it is about. */
function verdict(id, answers, session, again) {
  const { platform, place } = answers[0];
  const waits = ["FAILED", "HELD"].includes(place.status);
  const mend = [
    answers.some((each) => each.word !== "live") && h("a", { class: "button small", href: route(["restaurants", id, "on", platform]) },
      waits ? `Mend it on ${session.title(platform)}` : `See ${session.title(platform)}`),
    !waits && place.connected && placeWords(place).word !== "Live" && h("span", { class: "small soft" }, placeWords(place).says),
  ];
  const total = answers.reduce((sum, each) => sum + (each.dishes?.length ?? 0), 0);
  return h(
    "article", { class: "verdict" },
    h("div", { class: "row" }, h("h3", null, session.title(platform)), toneChip(answers[0])),
    h("div", { class: "stack" },
      answers.map((each) => said(id, each, session, again, { several: answers.length > 1, mend: answers.length === 1 && mend })),
      total >= MOST_FOUND && h("p", { class: "small soft" }, `These are the first ${MOST_FOUND}; with more of the name there are fewer.`),
      answers.length > 1 && h("div", { class: "row" }, mend)),
  );
}

const toneChip = ({ word, tone }) => chip({ word: spoken(word), tone, says: "" });

function said(id, answer, session, again, { several, mend }) {
  const { platform, dishes = [], outs = [] } = answer;
  const present = dishes.find((dish) => dish.present);
  const findings = dishes.flatMap((dish) => dish.findings ?? []);
  return h("div", { class: "stack close" },
    dishes.length > 0 && h("p", { class: "strong" }, several && [toneChip(answer), " "], names(dishes)),
    answer.problem && problemNote(answer.problem),
    (answer.because ?? []).filter(Boolean).map((text) => h("p", null, prose(text))),
    (answer.hints ?? []).filter(Boolean).map((text) => h("p", { class: "soft" }, prose(text))),
    (answer.lines ?? []).map((reason) => reason.file && h("p", { class: "small soft code" }, lineOf(reason))),
    outs.length > 0 && h("p", { class: "small soft" }, answer.word === "sold out" ? "Since " : "It is marked as sold out, too, since ", when(outs[0].since), outs[0].by && ` by ${outs[0].by}`),
    findings.length > 0 && h("details", null, h("summary", null, "What was told of it"), findingList(findings, 10)),
    h("div", { class: "row" },
      outs.length > 0 && session.operator && button("Put back", async () => {
        await send("POST", path("availability", id), { items: outs.map((out) => out.id), available: true, platforms: [platform] });
        asked();
        return `${outs[0].name || outs[0].id} is back; ${session.title(platform)} is being told.`;
      }, { kind: "main small", after: again }),
      mend,
      present && h("a", { class: "button small quiet", href: route(["restaurants", id, "on", platform, "menu"], { field: present.places[0] ?? "" }) }, "In the menu")));
}

/** Names several; the same name once, with how often. */
function names(dishes) {
  const counts = new Map();
  for (const { record } of dishes) {
    const name = record.name || record.id;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const shown = [...counts].slice(0, MOST_NAMES).map(([name, count], index) => [
    index > 0 && ", ", h("bdi", null, name), count > 1 && h("span", { class: "soft" }, ` (${count} times)`),
  ]);
  return [shown, counts.size > MOST_NAMES && ` and ${many(counts.size - MOST_NAMES, "other")}`];
}

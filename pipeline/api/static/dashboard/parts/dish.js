// "Where is this dish?": asks every platform for it, and says in one sentence each what became of it.

import { addressOf, h, put, route } from "./dom.js";
import { busy, button, field } from "./acting.js";
import { chip, findingList, problemNote, say, when } from "./pieces.js";
import { get, path, send } from "./api.js";
import { asked } from "./place.js";
import { lineOf, placeWords, spoken } from "./words.js";

/** Gives `{element, places(platforms)}`; `wanted` is looked for at once. */
export function dishFinder({ id, session, signal, wanted }) {
  const note = addressOf(["restaurants", id]);
  let places = {};
  const known = Promise.withResolvers ? Promise.withResolvers() : later();
  const found = h("div", { "aria-live": "polite" });
  const input = h("input", { type: "search", name: "dish", value: wanted, placeholder: "Name or id", autocomplete: "off", maxlength: 200, required: true });
  const find = h("button", { class: "button main", type: "submit" }, "Find");
  const look = () => busy(find, async () => {
    const text = input.value.trim();
    if (!text) return false;
    note({ dish: text });
    put(found, h("p", { class: "loading" }, "Looking …"));
    await known.promise;
    const answers = await Promise.all(Object.keys(places).map((platform) => answerOf(id, platform, places[platform], text, signal)));
    put(found, answers.map((answer) => verdict(id, answer, session, look)));
    say(`${text}: ${answers.map((answer) => `${session.title(answer.platform)}: ${answer.word}`).join("; ")}`);
    return "";
  });
  const element = h(
    "section", { class: "card stack", "aria-labelledby": "dish-title" },
    h("h2", { id: "dish-title" }, "Where is a dish?"),
    h("form", { class: "find", onsubmit: (event) => { event.preventDefault(); look(); } },
      field("A dish, option or category", input), find),
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

/** Puts together what is known: is it in what would be sent, is it live, is it sold out. */
async function answerOf(id, platform, place, text, signal) {
  if (!place.connected) return { platform, place, word: "not connected", tone: "off", because: ["Nothing is sent to this platform: the restaurant is not connected to it."] };
  const body = { restaurant_id: id };
  const [explained, difference, ledger] = await Promise.all([
    send("POST", path("explain", platform), { ...body, dish: text }, signal).catch((error) => ({ problem: error })),
    send("POST", path("diff", platform), body, signal).catch((error) => ({ problem: error })),
    get(path("availability", id), {}, signal).catch(() => ({ items: [] })),
  ]);
  if (explained.problem) return { platform, place, word: "cannot be told", tone: "failed", problem: explained.problem };
  const all = [...(difference.menu ?? []), ...(difference.mapping ?? [])].filter((change) => change.record);
  const dish = explained.dishes[0];
  if (!dish) return absent({ platform, place, text, changes: all, hint: explained.hint ?? "" });
  const changes = all.filter((change) => change.record.kind === dish.record.kind && change.record.id === dish.record.id);
  const out = ledger.items.find((entry) => entry.platform === platform && entry.id === dish.record.id && !entry.ended);
  return judged({ platform, place, dish, changes, out, nothingLive: difference.problem?.code === "nothing-to-compare" });
}

/** The newest menu does not have it; perhaps the one that is live still does. */
function absent({ platform, place, text, changes, hint }) {
  const wanted = text.toLowerCase();
  const gone = changes.find(({ code, record }) => code === "gone" && (record.id === text || record.name.toLowerCase().includes(wanted)));
  const because = gone
    ? [`${gone.record.name || gone.record.id} is live there, and the newest menu no longer has it.`, place.error]
    : [`The restaurant's menu has nothing of that name. ${hint}`.trim()];
  return { platform, place, because, ...(gone ? { word: "live, not in the newest menu", tone: "held" } : { word: "not in the menu", tone: "off" }) };
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

function verdict(id, answer, session, again) {
  const { platform, place, dish, out } = answer;
  const waits = ["FAILED", "HELD"].includes(place.status);
  const name = dish?.record.name || dish?.record.id;
  return h(
    "article", { class: "verdict" },
    h("div", { class: "row" }, h("h3", null, session.title(platform)), chip({ word: spoken(answer.word), tone: answer.tone, says: "" })),
    h("div", { class: "stack close" },
      name && h("p", { class: "strong" }, name),
      answer.problem && problemNote(answer.problem),
      (answer.because ?? []).filter(Boolean).map((text) => h("p", null, text)),
      (answer.hints ?? []).filter(Boolean).map((text) => h("p", { class: "soft" }, text)),
      (answer.lines ?? []).map((reason) => reason.file && h("p", { class: "small soft code" }, lineOf(reason))),
      out && h("p", { class: "small soft" }, "Since ", when(out.since), out.by && ` by ${out.by}`),
      dish?.findings?.length > 0 && h("details", null, h("summary", null, "What was told of it"), findingList(dish.findings, 10)),
      h("div", { class: "row" },
        out && session.operator && button("Put back", async () => {
          await send("POST", path("availability", id), { items: [out.id], available: true, platforms: [platform] });
          asked();
          return `${out.name || out.id} is back; ${session.title(platform)} is being told.`;
        }, { kind: "main small", after: again }),
        answer.word !== "live" && h("a", { class: "button small", href: route(["restaurants", id, "on", platform]) },
          waits ? `Mend it on ${session.title(platform)}` : `See ${session.title(platform)}`),
        dish?.present && h("a", { class: "button small quiet", href: route(["restaurants", id, "on", platform, "menu"], { field: dish.places[0] ?? "" }) }, "In the menu"),
        !waits && place.connected && h("span", { class: "small soft" }, placeWords(place).word === "Live" ? "" : placeWords(place).says)),
    ),
  );
}

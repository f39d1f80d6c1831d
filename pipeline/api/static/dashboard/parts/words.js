// How things are said: states, times, numbers. Nothing here touches the page.

const STATES = {
  SYNCED: { word: "Live", tone: "live", says: "The platform has the newest menu." },
  PENDING: { word: "Waiting", tone: "waiting", says: "Nothing was published here yet, or it stands in line." },
  IN_PROGRESS: { word: "Publishing", tone: "working", says: "The menu is being sent." },
  PROCESSING: { word: "Platform is working", tone: "working", says: "The platform took the menu and has not said yet whether it is live." },
  FAILED: { word: "Failed", tone: "failed", says: "The last publish failed. What was live before is still live." },
  HELD: { word: "Held back", tone: "held", says: "The new menu looks like a mistake and waits for somebody to release it." },
  SUPERSEDED: { word: "Overtaken", tone: "waiting", says: "A newer publish took its place before anything was sent." },
};
/** The states that can be looked for. */
export const STATUSES = ["SYNCED", "FAILED", "HELD", "PROCESSING", "IN_PROGRESS", "PENDING"];

const KINDS = {
  publish: "Publish", availability: "Sold-out call", item_update: "Dish by dish", rollback: "Roll back", import: "Import",
  pull: "Fetched by the platform",
};

/** Gives `{word, tone, says}` of a state. */
export function stateWords(state) {
  return STATES[state] ?? { word: state || "Unknown", tone: "waiting", says: "" };
}

/** Gives `{word, tone, says}` of a restaurant's place on a platform. */
export function placeWords(place) {
  if (!place.connected) return { word: "Not connected", tone: "off", says: "Nothing is sent there. Connect it to publish." };
  if (place.status === "PENDING" && !place.last_sync && !place.running && !place.waiting) {
    return { word: "Not published yet", tone: "off", says: "It is connected, and nothing was published there yet." };
  }
  if (place.needs_reconnect) return { word: "Needs reconnecting", tone: "failed", says: "The platform refuses the credentials; work waits until it is connected again." };
  if (place.status === "PENDING") return { ...STATES.PENDING, says: place.last_sync ? "A publish stands in line. What was live before is still live." : "The first publish stands in line." };
  if (place.status === "SYNCED" && place.error) return { word: "Live in part", tone: "held", says: "Most of the menu is live; the platform refused a part." };
  if (place.status === "SYNCED" && place.unpublished_changes) return { word: "Changes not live", tone: "held", says: "The newest menu is not the one that is live." };
  if (place.status === "FAILED" && !place.last_sync) return { ...STATES.FAILED, says: "The last publish failed, and nothing is live there yet." };
  if (place.status === "HELD" && !place.last_sync) return { ...STATES.HELD, says: "The first menu looks like a mistake and waits for somebody to release it." };
  return stateWords(place.status);
}

/** Gives `{word, tone, says}` of an operation: a call that publishes nothing is done rather than live. */
export function operationWords({ state, kind }) {
  return state === "SYNCED" && kind === "availability" ? { ...STATES.SYNCED, word: "Done", says: "" } : stateWords(state);
}

/** Whether something is being sent there now; what went wrong before is then not the last word. */
export const inWork = (place) => Boolean(place.running) || ["IN_PROGRESS", "PROCESSING"].includes(place.status);

export const kindWord = (kind) => KINDS[kind] ?? kind;

/** Says how long ago an instant was: `4 min ago`. */
export function ago(instant, now = Date.now()) {
  if (!instant) return "never";
  const seconds = Math.round((now - Date.parse(instant)) / 1000);
  if (seconds < -50) return `in ${span(-seconds)}`;
  return seconds < 50 ? "just now" : `${span(seconds)} ago`;
}

function span(seconds) {
  for (const [word, size] of [["d", 86400], ["h", 3600], ["min", 60]]) {
    if (seconds >= size * 0.95) return `${Math.round(seconds / size)} ${word}`;
  }
  return "1 min";
}

/** Says a time in full, in the reader's own zone. */
export function moment(instant) {
  if (!instant) return "";
  return new Date(instant).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/** Says a number of seconds. */
export function duration(seconds) {
  if (seconds < 0.95) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 90) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** Says how many: `1 dish`, `12 dishes`. */
export function many(count, one, several = `${one}s`) {
  return `${Number(count).toLocaleString()} ${count === 1 ? one : several}`;
}

/** Names a mapping line: `mappings/x.yaml, line 41`. */
export function lineOf(place) {
  return place?.file ? `${fileOf(place.file)}, line ${place.line}` : "";
}

/** Names a file by its folder and its own name, wherever it lies. */
export const fileOf = (file) => file.split("/").slice(-2).join("/");

/** Makes a word out of a name with underscores. */
export function spoken(name) {
  const text = name.replaceAll("_", " ").replaceAll("-", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

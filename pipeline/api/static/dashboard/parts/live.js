// Keeps a part of the page true: asks again every few seconds, and draws only what has changed.

import { bones, head, problemNote } from "./pieces.js";
import { h, put } from "./dom.js";

const PAUSE = 4000;
const PAUSE_AFTER_FAILURE = 10000;

/**
 * Loads, draws into `region`, and goes on until `signal` ends. `draw` gets what was loaded. Gives a function
 * that asks at once. What has the focus keeps it over a redraw, and nothing is drawn under open fields.
 * `title`: of the page, where the region is the whole of it and nothing can be loaded.
 */
export function keep(region, load, draw, signal, { pause = PAUSE, lines = 4, title = "" } = {}) {
  const stale = h("p", { class: "notice held", role: "status" });
  let known;
  let timer;
  let asked = 0;
  put(region, bones(lines));
  region.setAttribute("aria-busy", "true");

  const again = async (now = true) => {
    clearTimeout(timer);
    if (signal.aborted) return;
    const mine = (asked += 1);
    let next = pause;
    try {
      if (now || !document.hidden) {
        const found = await load(signal);
        if (mine !== asked || signal.aborted) return;
        show(found);
      }
    } catch (error) {
      if (error.name === "AbortError" || signal.aborted || mine !== asked) return;
      next = PAUSE_AFTER_FAILURE;
      if (known === undefined || error.status === 404) put(region, h("div", { class: "page" }, title && head({ title }), problemNote(error, () => again())));
      else region.prepend(put(stale, `Not up to date: ${error.message} This page goes on by itself.`));
    }
    region.removeAttribute("aria-busy");
    timer = setTimeout(() => again(false), next);
  };

  const show = (found) => {
    const text = JSON.stringify(found);
    stale.remove();
    if (text === known || (known !== undefined && beingFilledIn(region))) return;
    known = text;
    redraw(region, () => put(region, draw(found)));
  };

  signal.addEventListener("abort", () => clearTimeout(timer));
  document.addEventListener("visibilitychange", () => !document.hidden && again(false), { signal });
  again();
  return again;
}

/** Draws a region anew; focus, and what was opened, stay where they were. */
export function redraw(region, draw) {
  const focused = region.contains(document.activeElement) ? document.activeElement : null;
  const place = focused && placeOf(region, focused);
  const opened = [...region.querySelectorAll("details[open][data-name]")].map((each) => each.dataset.name);
  draw();
  for (const each of region.querySelectorAll("details[data-name]")) if (opened.includes(each.dataset.name)) each.open = true;
  if (!place) return;
  const same = [...region.querySelectorAll("a, button, input, select, summary, [tabindex]")].filter((each) => nameOf(each) === place.name);
  (same[place.index] ?? same[0])?.focus({ preventScroll: true });
}

function placeOf(region, element) {
  const name = nameOf(element);
  const same = [...region.querySelectorAll("a, button, input, select, summary, [tabindex]")].filter((each) => nameOf(each) === name);
  return { name, index: same.indexOf(element) };
}

function nameOf(element) {
  return `${element.tagName} ${element.getAttribute("href") ?? ""} ${element.getAttribute("aria-label") ?? element.textContent}`;
}

function beingFilledIn(region) {
  const active = document.activeElement;
  return region.contains(active) && active.matches("input:not([type=checkbox]), textarea, select");
}

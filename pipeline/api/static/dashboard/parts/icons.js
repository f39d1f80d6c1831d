// Small pictures. They say nothing that the words beside them do not, so screen readers pass them over.

import { s } from "./dom.js";

const SHAPES = {
  live: ["M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Z", "M5.2 8.2 7.2 10.2 10.9 6"],
  failed: ["M8 1.8 15 14H1L8 1.8Z", "M8 6.2v3.6M8 11.7v.3"],
  held: ["M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Z", "M6.2 5.6v4.8M9.8 5.6v4.8"],
  working: ["M14.2 8A6.2 6.2 0 1 1 8 1.8"],
  waiting: ["M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Z", "M8 4.4V8l2.4 1.6"],
  off: ["M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Z", "M5 8h6"],
  shop: ["M2.5 6.5 3.6 2.5h8.8l1.1 4", "M2.5 6.5a1.8 1.8 0 0 0 3.6 0 1.8 1.8 0 0 0 3.7 0 1.8 1.8 0 0 0 3.7 0M3.6 8.2v5.3h8.8V8.2"],
  chart: ["M2 14h12M4 11.5V8M8 11.5V3M12 11.5V6"],
  book: ["M3 2.5h8.5A1.5 1.5 0 0 1 13 4v9.5H4.5A1.5 1.5 0 0 1 3 12V2.5Z", "M6 6h4M6 9h4"],
  grid: ["M2.5 2.5h4v4h-4zM9.5 2.5h4v4h-4zM2.5 9.5h4v4h-4zM9.5 9.5h4v4h-4z"],
  down: ["M4 6l4 4 4-4"],
};

/** Gives a picture by its name. */
export function icon(name) {
  return s(
    "svg",
    { viewBox: "0 0 16 16", fill: "none", stroke: "currentColor", "stroke-width": "1.6", "stroke-linecap": "round",
      "stroke-linejoin": "round", "aria-hidden": "true", focusable: "false" },
    SHAPES[name].map((d) => s("path", { d })),
  );
}

// Bar charts, drawn by hand as SVG. The figures stand in a table beside them, for everybody.

import { h, s } from "./dom.js";

const WIDE = 720;
const NARROW = 360;
const HEIGHT = 200;
const LEFT = 44;
const BOTTOM = 24;

/**
 * Stacked bars: `days` are `[label, {series: number}]`, `series` are `[name, word, tone]`.
 * `said` is what the picture shows, in a sentence; `unit(number)` writes the scale.
 */
export function bars({ days, series, said, unit = (value) => value.toLocaleString() }) {
  const width = matchMedia("(max-width: 44rem)").matches ? NARROW : WIDE;
  const top = nice(Math.max(1e-9, ...days.map(([, values]) => series.reduce((sum, [name]) => sum + (values[name] ?? 0), 0))));
  const slot = (width - LEFT) / days.length;
  const wide = Math.min(46, slot * 0.62);
  const y = (value) => (HEIGHT - BOTTOM) * (1 - value / top) + 6;
  const every = Math.ceil(days.length / (width / 70));
  return h("figure", { class: "chart" },
    s("svg", { viewBox: `0 0 ${width} ${HEIGHT + 10}`, role: "img", "aria-label": said },
      [0, 0.5, 1].map((part) => [
        s("line", { x1: LEFT, x2: width, y1: y(top * part), y2: y(top * part), class: "rule" }),
        s("text", { x: LEFT - 8, y: y(top * part) + 4, class: "scale", "text-anchor": "end" }, unit(top * part)),
      ]),
      days.map(([label, values], index) => {
        const x = LEFT + slot * index + (slot - wide) / 2;
        let under = 0;
        return s("g", null,
          series.map(([name, word, tone]) => {
            const value = values[name] ?? 0;
            if (!value) return null;
            const height = y(under) - y(under + value);
            under += value;
            return s("rect", { x, y: y(under), width: wide, height: Math.max(1.5, height - 1), rx: 2.5, class: `bar ${tone}` },
              s("title", null, `${label}: ${word} ${unit(value)}`));
          }),
          index % every === 0 && s("text", { x: x + wide / 2, y: HEIGHT + 2, class: "scale", "text-anchor": "middle" }, label));
      })),
    h("figcaption", null, h("ul", { class: "legend" }, series.map(([, word, tone]) => h("li", null, h("i", { class: `bar ${tone}`, "aria-hidden": "true" }), word)))));
}

function nice(value) {
  const size = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 5, 10].map((step) => step * size).find((step) => step >= value);
}

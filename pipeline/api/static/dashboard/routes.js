// Which view stands at which address. A view's code is loaded when it is first looked at.

const lazily = (name) => () => import(`./views/${name}.js`);

const ROUTES = [
  [[], "restaurants", "restaurants"],
  [["restaurants"], "restaurants", "restaurants"],
  [["restaurants", ":restaurant"], "restaurant", "restaurants"],
  [["restaurants", ":restaurant", "history"], "history", "restaurants"],
  [["restaurants", ":restaurant", "sold-out"], "sold_out", "restaurants"],
  [["restaurants", ":restaurant", "connections"], "connections", "restaurants"],
  [["restaurants", ":restaurant", "on", ":platform"], "platform", "restaurants"],
  [["restaurants", ":restaurant", "on", ":platform", "menu"], "preview", "restaurants"],
  [["restaurants", ":restaurant", "on", ":platform", "changes"], "changes", "restaurants"],
  [["restaurants", ":restaurant", "on", ":platform", "settings"], "settings", "restaurants"],
  [["operations", ":operation"], "operation", "restaurants"],
  [["errors"], "errors", "errors"],
  [["errors", ":error"], "error", "errors"],
  [["held"], "held", "held"],
  [["outcomes"], "outcomes", "outcomes"],
  [["audit"], "audit", "audit"],
  [["coverage"], "coverage", "coverage"],
];

/** Finds what to show: the view, the names in the address, and the part of the navigation it belongs to. */
export function find(parts) {
  for (const [pattern, name, section] of ROUTES) {
    const params = fit(pattern, parts);
    if (params) return { view: lazily(name), params, section };
  }
  return { view: lazily("nowhere"), params: {}, section: "" };
}

function fit(pattern, parts) {
  if (pattern.length !== parts.length) return null;
  const params = {};
  for (const [index, part] of pattern.entries()) {
    if (part.startsWith(":")) params[part.slice(1)] = parts[index];
    else if (part !== parts[index]) return null;
  }
  return params;
}

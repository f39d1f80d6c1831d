// Makes elements. Text becomes text nodes and nothing else, so that no menu's words are ever markup.

const SVG = "http://www.w3.org/2000/svg";
const SAFE_LINK = /^(#|\/(?!\/))/;

/**
 * Makes an element: `h("a", {href: "#/errors", class: "button"}, "Errors")`.
 * Attributes that are null or false are left out; `onclick` and its like are listeners.
 */
export function h(name, attributes, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** Makes an SVG element, likewise. */
export function s(name, attributes, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

/** Puts children into an element in place of what it holds. */
export function put(element, ...children) {
  element.replaceChildren();
  add(element, children);
  return element;
}

function filled(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "value") element.value = value;
    else if (key === "checked" || key === "disabled" || key === "open") element[key] = Boolean(value);
    else if (key === "href" && !SAFE_LINK.test(value)) throw new TypeError("links stay on this page");
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  add(element, children);
  return element;
}

function add(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === "") continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/** A link inside this page, from parts that are encoded one by one. */
export function route(parts, query) {
  const path = parts.map((part) => encodeURIComponent(part)).join("/");
  const asked = new URLSearchParams(Object.entries(query ?? {}).filter(([, value]) => value)).toString();
  return `#/${path}${asked ? `?${asked}` : ""}`;
}

/**
 * Gives a function that notes what is asked for in the address of the page one is on. It gives false, and does
 * nothing, once somebody has gone elsewhere: what was typed last must not take them back.
 */
export function addressOf(parts) {
  let here = location.hash.split("?")[0];
  return (query) => {
    if (location.hash.split("?")[0] !== here) return false;
    history.replaceState(null, "", route(parts, query));
    here = location.hash.split("?")[0];
    return true;
  };
}

let last = 0;

/** An id that no other element has. */
export function freshId(name) {
  last += 1;
  return `${name}-${last}`;
}

// Elements without markup: text only ever becomes text.

const SVG = "http://www.w3.org/2000/svg";

// On a 20 by 20 grid, drawn as strokes.
const ICONS = {
  at: "M13.2 10a3.2 3.2 0 1 1-6.4 0 3.2 3.2 0 0 1 6.4 0Zm0 0v1.2a2 2 0 0 0 4 0V10a7.2 7.2 0 1 0-2.9 5.8",
  attach: "M15.8 9.6 10 15.4a3.7 3.7 0 0 1-5.3-5.2l6-6a2.5 2.5 0 0 1 3.5 3.5l-5.9 6a1.2 1.2 0 0 1-1.8-1.8l5.3-5.3",
  back: "M12.5 4.5 7 10l5.5 5.5",
  bot: "M10 3v2.6M6.8 5.6h6.4a2.6 2.6 0 0 1 2.6 2.6v4a2.6 2.6 0 0 1-2.6 2.6H6.8a2.6 2.6 0 0 1-2.6-2.6v-4a2.6 2.6 0 0 1 2.6-2.6ZM7.8 9.4v1.2M12.2 9.4v1.2",
  close: "M5.5 5.5l9 9M14.5 5.5l-9 9",
  down: "M10 4.5v10.5M5.5 10.6 10 15l4.5-4.4",
  download: "M10 3.5v9M6.2 9 10 12.8 13.8 9M4 16.2h12",
  edit: "M4 16l.8-3.4 8.4-8.4a1.8 1.8 0 0 1 2.6 2.6L7.4 15.2 4 16Z",
  file: "M5.5 3h6l3.5 3.5V16a1 1 0 0 1-1 1h-8.500a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1ZM11.3 3.200v3.500h3.5",
  link: "M8.3 11.7l3.4-3.4M9 6l1.2-1.2a3.4 3.4 0 0 1 4.9 4.9L13.9 11M11 14l-1.2 1.2a3.4 3.4 0 0 1-4.9-4.9L6.1 9",
  menu: "M4 6h12M4 10h12M4 14h12",
  moon: "M15.8 11.800A6.5 6.5 0 0 1 8.2 4.200a6.5 6.5 0 1 0 7.6 7.600Z",
  pause: "M7 5v10M13 5v10",
  people: "M7.5 9.500a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.600ZM2.5 16c0-2.8 2.2-4.4 5-4.400s5 1.6 5 4.400M13 9.300a2.4 2.4 0 0 0 .5-4.700M14.5 11.900c1.8.400 3 1.8 3 4",
  play: "M7 4.8v10.400L15.4 10 7 4.8Z",
  plus: "M10 4.500v11M4.5 10h11",
  reply: "M8 5 3.8 9 8 13M4.2 9h6.6a5 5 0 0 1 5 5v1",
  send: "M3.8 10 16.4 4.2 12.8 16l-3-4.9L3.8 10Zm6 1.1 3-3",
  setup: "M4 6.500h7M15 6.500h1M13 4.500v4M4 13.500h1M9 13.500h7M7 11.500v4",
  smile: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM7.2 11.600a3.2 3.2 0 0 0 5.6 0M7.6 8.200v.100M12.4 8.200v.1",
  sun: "M10 13.200a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.400ZM10 2.500v1.500M10 16v1.500M2.5 10H4M16 10h1.500M4.7 4.700l1 1M14.3 14.300l1 1M15.3 4.700l-1 1M5.7 14.300l-1 1",
  thread: "M4 4.500h12v8H9.500L6 15.500v-3H4v-8ZM7 8.500h6",
  undo: "M4 6v4h4M4.3 9.800A6 6 0 1 1 5.5 13.7",
  up: "M10 15.5V5M5.5 9.4 10 5l4.5 4.4",
  text: "M3 15 7 5l4 10M4.3 12h5.4M16.5 15v-6M16.5 12a2.4 2.4 0 1 1-4.8 0 2.4 2.4 0 0 1 4.8 0Z",
  wire: "M2.8 10h3l2-5 3.8 10 2.2-5h3.4",
};

/** An element: properties by name, `aria-…`, `data-…` and `role` as attributes. */
export function h(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null) continue;
    if (name.includes("-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** A button that is only a picture; `label` is its name and its tooltip. */
export function iconButton(name, label, onclick, className = "round") {
  const properties = { type: "button", className, title: label, "aria-label": label, onclick };
  return h("button", properties, icon(name));
}

export const textButton = (words, onclick, className = "quiet") =>
  h("button", { type: "button", className, onclick }, words);

export const find = (id) => document.getElementById(id);

const drawn = new WeakMap();

/**
 * Make the children of `parent` show `items`, each a plain value with a unique `key`.
 *
 * What has not changed stays as it is, so focus, selection and scrolling survive. `draw(item, old)`
 * gives a new element, or brings the old one up to date and gives it back.
 */
export function show(parent, items, draw) {
  const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const value = JSON.stringify(item);
    let node = old.get(item.key);
    old.delete(item.key);
    if (!node || drawn.get(node) !== value) {
      const fresh = draw(item, node);
      fresh.dataset.key = item.key;
      drawn.set(fresh, value);
      if (node && fresh !== node) {
        if (place === node) place = fresh;
        replace(node, fresh);
      }
      node = fresh;
    }
    if (node === place) place = place.nextElementSibling;
    else parent.insertBefore(node, place);
  }
  for (const node of old.values()) node.remove();
}

function replace(node, fresh) {
  const held = node.contains(document.activeElement);
  const name = held && document.activeElement.getAttribute("name");
  node.replaceWith(fresh);
  if (!held) return;
  const again = name && fresh.querySelector(`[name="${CSS.escape(name)}"]`);
  (again || (fresh.matches("button") ? fresh : fresh.querySelector("button, input")))?.focus();
}

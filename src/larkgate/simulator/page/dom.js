// Elements without markup: text only ever becomes text.

const SVG = "http://www.w3.org/2000/svg";

// On a 20 by 20 grid, drawn as strokes.
const ICONS = {
  at: "M13.2 10a3.2 3.2 0 1 1-6.4 0 3.2 3.2 0 0 1 6.4 0Zm0 0v1.2a2 2 0 0 0 4 0V10a7.2 7.2 0 1 0-2.9 5.8",
  back: "M12.5 4.5 7 10l5.5 5.5",
  bot: "M10 3v2.6M6.8 5.6h6.4a2.6 2.6 0 0 1 2.6 2.6v4a2.6 2.6 0 0 1-2.6 2.6H6.8a2.6 2.6 0 0 1-2.6-2.6v-4a2.6 2.6 0 0 1 2.6-2.6ZM7.8 9.4v1.2M12.2 9.4v1.2",
  close: "M5.5 5.5l9 9M14.5 5.5l-9 9",
  down: "M10 4.5v10.5M5.5 10.6 10 15l4.5-4.4",
  link: "M8.3 11.7l3.4-3.4M9 6l1.2-1.2a3.4 3.4 0 0 1 4.9 4.9L13.9 11M11 14l-1.2 1.2a3.4 3.4 0 0 1-4.9-4.9L6.1 9",
  reply: "M8 5 3.8 9 8 13M4.2 9h6.6a5 5 0 0 1 5 5v1",
  send: "M3.8 10 16.4 4.2 12.8 16l-3-4.9L3.8 10Zm6 1.1 3-3",
  up: "M10 15.5V5M5.5 9.4 10 5l4.5 4.4",
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
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
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

export const find = (id) => document.getElementById(id);

const drawn = new WeakMap();

/**
 * Make the children of `parent` show `items`, each a plain value with a unique `key`.
 *
 * What has not changed stays as it is, so focus, selection and scrolling survive.
 */
export function show(parent, items, draw) {
  const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const value = JSON.stringify(item);
    let node = old.get(item.key);
    old.delete(item.key);
    if (!node || drawn.get(node) !== value) {
      const fresh = draw(item);
      fresh.dataset.key = item.key;
      drawn.set(fresh, value);
      if (node) {
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
  node.replaceWith(fresh);
  if (held) (fresh.matches("button") ? fresh : fresh.querySelector("button, input"))?.focus();
}

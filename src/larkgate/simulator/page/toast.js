// Short notices at the foot of the page.

import { find, h } from "./dom.js";

const STAYS = 4000; // ms
const AT_ONCE = 3;

/** `kind` is `info`, `success`, `warning` or `error`. */
export function toast(words, kind = "info") {
  const box = h("p", { className: `toast ${kind}` }, words);
  const toasts = find("toasts");
  toasts.append(box);
  while (toasts.children.length > AT_ONCE) toasts.firstElementChild.remove();
  setTimeout(() => box.remove(), STAYS);
}

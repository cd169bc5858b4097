// What the page says, in the language in use.

import { find, icon } from "./dom.js";
import { WORDS } from "./words.js";

let column = 0;

export const locale = () => (column === 0 ? "zh-CN" : "en");

/** The string of this key in the language in use. */
export function t(key, values = {}) {
  return WORDS[key][column].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** What a text of a card says, in the language in use if the card has it. */
export function words(text) {
  if (typeof text === "string") return text;
  const spoken = (text?.i18n ?? text?.i18n_content)?.[language()];
  return String(spoken ?? text?.content ?? text?.text ?? "");
}

/** As the platform names it. */
export const language = () => (column === 0 ? "zh_cn" : "en_us");

export const has = (key) => key in WORDS;

/** `zh…` is Chinese, anything else English; fills in the strings and icons of the markup. */
export function speak(language) {
  column = /^zh\b/i.test(language) ? 0 : 1;
  document.documentElement.lang = locale();
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = t(element.dataset.text);
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", t(element.dataset.label));
    if (element.matches("button")) element.title = t(element.dataset.label);
  }
  for (const element of document.querySelectorAll("[data-icon]:not(:has(> .icon))")) {
    element.prepend(icon(element.dataset.icon));
  }
  find("language").textContent = t("other_language");
}

const format = (options) => (milliseconds) =>
  new Intl.DateTimeFormat(locale(), { hourCycle: "h23", ...options }).format(milliseconds);

export const clock = format({ hour: "2-digit", minute: "2-digit" });
export const clockSeconds = format({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
export const day = format({ month: "short", day: "numeric" });
export const sameDay = (one, other) => new Date(one).toDateString() === new Date(other).toDateString();

/** `4.9 ms`, `120 ms`, `2.1 s`. */
export function duration(milliseconds) {
  if (milliseconds < 9.95) return `${milliseconds.toFixed(1)} ms`;
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** `512 B`, `3.4 KB`, `12 MB`. */
export function size(bytes) {
  const units = ["B", "KB", "MB", "GB"];
  let step = 0;
  while (bytes >= 1000 && step < 3) [bytes, step] = [bytes / 1024, step + 1];
  return `${bytes < 10 && step ? bytes.toFixed(1) : Math.round(bytes)} ${units[step]}`;
}

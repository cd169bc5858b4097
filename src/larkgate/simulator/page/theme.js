// Light or dark: as the system has it, until somebody chooses.

import { find, icon } from "./dom.js";
import { keep, kept } from "./kept.js";

const DARK = matchMedia("(prefers-color-scheme: dark)");

export function startTheme() {
  apply(kept("theme"));
  find("theme").onclick = () => {
    const theme = isDark() ? "light" : "dark";
    keep("theme", theme);
    apply(theme);
  };
  DARK.addEventListener("change", () => showSign());
}

function isDark() {
  const { theme } = document.documentElement.dataset;
  return theme ? theme === "dark" : DARK.matches;
}

function apply(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  showSign();
}

function showSign() {
  find("theme").replaceChildren(icon(isDark() ? "sun" : "moon"));
}

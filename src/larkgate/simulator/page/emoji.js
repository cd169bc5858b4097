// Reactions: the platform's names, the signs people see, and the list to pick from.

import { h } from "./dom.js";
import { has, t } from "./strings.js";

const SIGNS = {
  THUMBSUP: "👍", OK: "👌", HEART: "❤️", DONE: "✅", SMILE: "😊", LAUGH: "😆", APPLAUSE: "👏",
  PARTY: "🎉", THANKS: "🙏", MUSCLE: "💪", FISTBUMP: "🤜", JIAYI: "➕", FINGERHEART: "🫰",
  LOVE: "😍", BLUSH: "☺️", WOW: "😮", CRY: "😢", SOB: "😭", ANGRY: "😠", THINKING: "🤔",
  SHOCKED: "😱", FACEPALM: "🤦", SALUTE: "🫡", WAVE: "👋", LGTM: "👀", OnIt: "🏃", LOL: "😂",
  Typing: "⌨️", OneSecond: "⏳", Fire: "🔥", ROSE: "🌹", CAKE: "🎂", GIFT: "🎁", BEER: "🍻",
  Coffee: "☕", Alarm: "⏰", Pin: "📌", CheckMark: "✔️", CrossMark: "❌", Yes: "⭕", No: "🚫",
  ThumbsDown: "👎", Trophy: "🏆", CLAP: "👏", PRAISE: "👍", STRIVE: "✊", HIGHFIVE: "🙌",
  WINK: "😉", SMIRK: "😏", JOYFUL: "😄", KISS: "😘", HUG: "🤗", SLEEP: "😴", SICK: "🤒",
  SWEAT: "😅", TONGUE: "😜", HEARTBROKEN: "💔", BOMB: "💣", POOP: "💩", Hundred: "💯",
};
const COMMON = [
  "THUMBSUP", "OK", "HEART", "DONE", "SMILE", "LAUGH", "APPLAUSE", "PARTY",
  "THANKS", "MUSCLE", "THINKING", "CRY", "WOW", "ROSE", "Fire", "ThumbsDown",
];

const pen = document.createElement("canvas").getContext("2d");
const width = (text) => pen.measureText(text).width;
const missing = width("\u{10fffe}"); // no font has this

/** The sign of a name, or, where no font of this machine has it, a word. */
export function sign(emoji) {
  const known = SIGNS[emoji];
  return known && width(known) !== missing ? known : named(emoji);
}

const named = (emoji) => (has(`emoji_${emoji}`) ? t(`emoji_${emoji}`) : emoji);

let opened = null;

/** Opens beside `anchor`; `pick` gets the platform's name. Escape and a click elsewhere close it. */
export function pickEmoji(anchor, pick) {
  opened?.remove();
  const choose = (emoji) => () => {
    opened.hidePopover();
    pick(emoji);
  };
  const buttons = COMMON.map((emoji) =>
    h("button", { type: "button", title: named(emoji), onclick: choose(emoji) }, sign(emoji)),
  );
  opened = h("div", { id: "emoji", popover: "auto", role: "group", "aria-label": t("react") }, buttons);
  document.body.append(opened);
  opened.showPopover();
  place(opened, anchor.getBoundingClientRect());
  buttons[0].focus();
}

/** Above the anchor if there is room, and inside the window. */
function place(element, anchor) {
  const { width, height } = element.getBoundingClientRect();
  const left = Math.min(Math.max(8, anchor.left - width / 2), innerWidth - width - 8);
  const top = anchor.top > height + 12 ? anchor.top - height - 6 : anchor.bottom + 6;
  element.style.left = `${left}px`;
  element.style.top = `${Math.min(top, innerHeight - height - 8)}px`;
}

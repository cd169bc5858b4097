// What one could ask: in an empty chat, and after an answer.

import { find, h, show, textButton } from "./dom.js";
import { locale, t } from "./strings.js";

/** `suggest` is called with a text to be sent. */
export function showWelcome(world, { chat }, isEmpty, suggest) {
  const [bot] = world.bots(chat);
  const { last } = chat;
  const wanted = bot && last?.is_bot && last.kind !== "interactive" && isEmpty;
  const draw = ({ text }) => textButton(text, () => suggest(text), "chip");
  show(find("suggestions"), wanted ? suggestions(true) : [], draw);
  const welcome = chat.loaded && !chat.messages.length ? [greeting(chat, bot)] : [];
  show(find("welcome"), welcome, (item) => drawWelcome(item, draw));
}

function greeting({ mode }, bot) {
  const key = mode === "p2p" ? "welcome_private" : "welcome_group";
  if (!bot) return { key, title: t("welcome_nobody"), words: "", chips: [] };
  return { key, title: t("welcome", { bot }), words: t(key, { bot }), chips: suggestions(false) };
}

function drawWelcome({ title, words, chips }, draw) {
  const picture = h("img", { src: "/page/icon.svg", alt: "", width: 56, height: 56 });
  const row = h("div", { className: "chips" });
  show(row, chips, draw);
  return h("div", null, picture, h("h3", null, title), h("p", null, words), row);
}

/** After an answer the follow-up comes first; it means nothing before one. */
function suggestions(answered) {
  const keys = answered ? ["ask_more", "ask_2", "ask_3"] : ["ask_1", "ask_2", "ask_3"];
  return keys.map((key) => ({ key, text: t(key), language: locale() }));
}

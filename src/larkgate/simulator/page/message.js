// One message: who, when, what it holds, what can be done with it, what others did with it.

import { drawContent, systemText } from "./content.js";
import { h, icon, iconButton, show } from "./dom.js";
import { pickEmoji, sign } from "./emoji.js";
import { avatar, botBadge } from "./people.js";
import { t } from "./strings.js";

/**
 * Draws `item` (see `messages.js`), or brings `old` up to date. `acts` are what a reader can do:
 * `{reply, edit, recall, react, openThread, reveal, card}`.
 */
export function drawMessage(item, old, acts) {
  if (item.day) return h("li", { className: "day" }, h("span", null, item.day));
  if (item.recalled) return h("li", { className: "recalled" }, item.summary);
  if (item.message.kind === "system") {
    return h("li", { className: "recalled" }, systemText(item.message));
  }
  const li = old?.matches(".message") ? old : frame(item);
  li.className = classes(item);
  show(li.querySelector(".body"), parts(item), (part) => PARTS[part.key](part, acts));
  return li;
}

function frame({ sender, bot, hue }) {
  const face = avatar({ name: sender, bot, hue });
  return h("li", null, face, h("div", { className: "body" }));
}

function classes(item) {
  const all = ["message", item.mine && "mine", item.bot && "from-bot"];
  return [...all, item.continued && "continued", item.news && "arriving"].filter(Boolean).join(" ");
}

/** Each is drawn anew only when it has changed: an emoji must not clear a form. */
function parts(item) {
  const { message, language } = item;
  const { id, reactions, readers, ...content } = message;
  const all = [
    { key: "head", ...item.head },
    { key: "bubble", id, content, ...item.bubble },
    { key: "tools", id, ...item.tools },
    ...(reactions.length ? [{ key: "reactions", id, reactions, me: item.me }] : []),
    ...(item.thread ? [{ key: "thread", id, ...item.thread }] : []),
    ...(item.readers ? [{ key: "readers", ...item.readers }] : []),
  ];
  return all.map((part) => ({ ...part, language }));
}

const PARTS = {
  head: drawHead,
  bubble: drawBubble,
  tools: drawTools,
  reactions: drawReactions,
  thread: drawThread,
  readers: ({ words, names }) => h("div", { className: "readers", title: names }, words),
};

function drawHead({ sender, bot, time, edited, continued }) {
  const name = h("span", { className: "name" }, sender);
  const note = edited ? h("span", { className: "edited" }, t("edited")) : null;
  const className = continued ? "head unseen" : "head";
  return h("div", { className }, name, bot ? botBadge() : null, h("time", null, time), note);
}

function drawBubble({ id, content, parent, mark, members, me, labels }, acts) {
  const message = { id, ...content };
  const bare = ["image", "sticker", "interactive", "file", "media"].includes(content.kind);
  const inside = drawContent(message, { members, me, labels, card: acts.card(message, me) });
  const quote = parent ? drawQuote(parent, acts) : null;
  const bubble = h("div", { className: bare && !quote ? "bubble bare" : "bubble" }, quote, inside);
  return h("div", { className: "row" }, bubble, drawMark(mark));
}

function drawQuote({ id, sender, text }, { reveal }) {
  const label = h("span", { className: "unseen" }, t("in_reply_to", { name: sender }));
  const words = h("span", null, h("b", null, sender), ` ${text}`);
  const onclick = () => reveal(id);
  return h("button", { type: "button", className: "quote", onclick }, label, words);
}

function drawMark(mark) {
  if (!mark) return null;
  const properties = { className: `mark ${mark.state}`, role: "img", title: mark.words };
  return h("span", { ...properties, "aria-label": mark.words });
}

function drawTools({ id, canEdit, canRecall, canThread, sender }, acts) {
  const react = ({ currentTarget }) => pickEmoji(currentTarget, (emoji) => acts.react(id, emoji));
  const tool = (name, key, onclick) => iconButton(name, `${t(key)} · ${sender}`, onclick);
  return h(
    "div",
    { className: "message-tools" },
    tool("smile", "react", react),
    tool("reply", "reply", () => acts.reply(id)),
    canThread ? tool("thread", "open_thread", () => acts.openThread(id)) : null,
    canEdit ? tool("edit", "edit", () => acts.edit(id)) : null,
    canRecall ? tool("undo", "recall", () => acts.recall(id)) : null,
  );
}

function drawReactions({ id, reactions, me }, acts) {
  const chips = reactions.map(({ emoji, who }) => {
    const mine = who.includes(me);
    const label = t("reacted", { emoji, names: who.join(t("and")) });
    const properties = { type: "button", className: "reaction", title: label, "aria-label": label };
    const onclick = () => acts.react(id, emoji, mine);
    const count = h("span", null, String(who.length));
    return h("button", { ...properties, "aria-pressed": String(mine), onclick }, sign(emoji), count);
  });
  return h("div", { className: "reactions" }, chips);
}

function drawThread({ id, words, last }, acts) {
  const said = last ? h("span", { className: "last" }, h("b", null, last.sender), ` ${last.text}`) : null;
  const onclick = () => acts.openThread(id);
  return h("button", { type: "button", className: "thread-link", onclick }, icon("thread"), h("span", null, words), said);
}

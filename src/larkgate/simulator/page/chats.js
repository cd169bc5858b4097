// The list of chats of the one who speaks.

import { find, h, show } from "./dom.js";
import { avatar, botBadge } from "./people.js";
import { clock, day, has, locale, sameDay, t, words } from "./strings.js";

export function showChats(world, view, open) {
  const items = view.chats().map((chat) => ({
    key: chat.id,
    name: world.title(chat, view.speaker),
    mode: chat.mode,
    current: chat.id === view.chat?.id,
    unread: view.unread(chat),
    last: preview(chat, view.speaker),
    time: time(chat.last),
    language: locale(),
  }));
  show(find("chat-list"), items, (item) => drawChat(item, () => open(world.chats.get(item.key))));
}

/** One line that stands for a message. */
export function summary(message) {
  if (message.recalled) return t("recalled", { name: message.sender });
  if (message.kind === "interactive") return cardTitle(message) || t("kind_interactive");
  const kind = `kind_${message.kind}`;
  return (has(kind) ? t(kind) : message.text).replace(/\s+/g, " ");
}

function cardTitle({ card }) {
  if (card?.config?.streaming_mode) return words(card.config.summary) || t("generating");
  const title = words(card?.header?.title);
  return title && `${t("kind_interactive")} ${title}`;
}

function preview(chat, speaker) {
  const { last } = chat;
  if (!last) return t("nothing_yet");
  if (last.recalled || chat.mode === "p2p" || last.sender === speaker?.name) return summary(last);
  return t("says", { name: last.sender, text: summary(last) });
}

function time(message) {
  if (!message) return "";
  return sameDay(message.created, Date.now()) ? clock(message.created) : day(message.created);
}

function drawChat(item, open) {
  const count = h(
    "span",
    { className: "unread", role: "img", "aria-label": t("unread", { count: item.unread }) },
    item.unread > 99 ? "99+" : String(item.unread),
  );
  const name = h("span", { className: "name" }, h("span", null, item.name));
  const isPrivate = item.mode === "p2p";
  if (isPrivate) name.append(botBadge());
  if (item.mode === "topic") name.append(h("span", { className: "badge plain" }, t("topic_group")));
  const button = h(
    "button",
    { type: "button", className: "chat", title: item.name, onclick: open, "aria-current": String(item.current) },
    avatar({ name: item.name, bot: isPrivate, group: !isPrivate }),
    name,
    h("time", null, item.time),
    h("span", { className: "last" }, item.last),
    item.unread ? count : null,
  );
  return h("li", null, button);
}

// The stream of messages of the open chat.

import { summary } from "./chats.js";
import { find, h, icon, show } from "./dom.js";
import { avatar, botBadge } from "./people.js";
import { clock, day, duration, locale, sameDay, t } from "./strings.js";
import { lines } from "./text.js";
import { standing } from "./world.js";

const AT_ONCE = 150; // messages shown; the rest on request
const TOGETHER = 180_000; // ms within which one name stands for several messages
const NEAR = 80; // pixels from the end that count as being there

export class Messages {
  #world;
  #view;
  #reply;
  #scroller = find("scroller");
  #list = find("messages");
  #latest = find("latest");
  #shown = { chat: "", count: 0, limit: AT_ONCE, keys: new Set() };
  #following = true;

  /** `reply` is called with the message somebody wants to answer. */
  constructor(world, view, reply) {
    this.#world = world;
    this.#view = view;
    this.#reply = reply;
    this.#latest.onclick = () => this.#toEnd();
    this.#scroller.onscroll = () => (this.#latest.hidden = this.#isAtEnd());
    new ResizeObserver(() => this.#following && this.#toEnd()).observe(this.#scroller);
  }

  show() {
    const { chat } = this.#view;
    if (!chat) return;
    const follows = this.#follows(chat);
    const items = this.#items(chat);
    show(this.#list, items, (item) => this.#draw(item));
    const keys = new Set(items.map(({ key }) => key));
    Object.assign(this.#shown, { chat: chat.id, count: chat.messages.length, keys });
    if (follows) this.#toEnd();
    this.#latest.hidden = this.#isAtEnd();
  }

  /** Bring a message of the open chat into sight. */
  reveal(id) {
    const node = [...this.#list.children].find((child) => child.dataset.key === id);
    if (!node) return;
    node.scrollIntoView({ block: "center" });
    node.classList.remove("found");
    requestAnimationFrame(() => node.classList.add("found"));
  }

  /** To the end for another chat, for one's own words, and where the end was in sight. */
  #follows(chat) {
    if (chat.id !== this.#shown.chat) {
      this.#shown = { chat: "", count: 0, limit: AT_ONCE, keys: new Set() };
      return true;
    }
    const said = chat.messages.slice(this.#shown.count);
    return this.#isAtEnd() || said.some((each) => each.sender === this.#view.speaker?.name);
  }

  #isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    this.#following = scrollHeight - scrollTop - clientHeight < NEAR;
    return this.#following;
  }

  #toEnd() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  #items(chat) {
    const messages = chat.messages.slice(-this.#shown.limit);
    const hidden = chat.messages.length - messages.length;
    const items = hidden ? [{ key: "earlier", count: hidden, language: locale() }] : [];
    messages.forEach((message, index) => {
      const before = messages[index - 1];
      const newDay = !before || !sameDay(before.created, message.created);
      if (newDay) items.push({ key: `day-${message.id}`, day: dayName(message.created) });
      items.push(this.#item(chat, message, newDay ? null : before));
    });
    return items;
  }

  #item(chat, message, before) {
    const { sender, is_bot: bot } = message;
    const parent = this.#world.message(message.parent);
    return {
      key: message.id,
      sender,
      bot,
      hue: this.#world.hue(sender),
      mine: sender === this.#view.speaker?.name,
      continued: Boolean(before) && !parent && continues(before, message),
      text: message.recalled ? null : words(message),
      summary: summary(message),
      parent: parent && { id: parent.id, sender: parent.sender, text: summary(parent) },
      time: clock(message.created),
      edited: message.edits > 0,
      mark: mark(this.#world.pushesAbout(message)),
      names: chat.members,
      me: this.#view.speaker?.name,
      language: locale(),
    };
  }

  #draw(item) {
    if (item.day) return h("li", { className: "day" }, h("span", null, item.day));
    if (item.count) return this.#drawEarlier(item.count);
    if (item.text === null) return h("li", { className: "recalled" }, item.summary);
    const classes = ["message", item.mine && "mine", item.bot && "from-bot"];
    classes.push(item.continued && "continued", this.#isNews(item.key) && "arriving");
    const bubble = h(
      "div",
      { className: "bubble" },
      item.parent ? this.#drawQuote(item.parent) : null,
      h("div", { className: "text" }, lines(item.text, { ...item, labels: item.bot })),
    );
    const row = h("div", { className: "row" }, bubble, drawMark(item.mark), this.#drawReply(item));
    const body = h("div", { className: "body" }, drawHead(item), row);
    return h("li", { className: classes.filter(Boolean).join(" ") }, avatar(sender(item)), body);
  }

  #isNews(key) {
    return this.#shown.chat === this.#view.chat.id && !this.#shown.keys.has(key);
  }

  #drawQuote({ id, sender, text }) {
    const label = h("span", { className: "unseen" }, t("in_reply_to", { name: sender }));
    const words = h("span", null, h("b", null, sender), ` ${text}`);
    const onclick = () => this.reveal(id);
    return h("button", { type: "button", className: "quote", onclick }, label, words);
  }

  #drawReply({ key, sender }) {
    const onclick = () => this.#reply(this.#world.message(key));
    const label = `${t("reply")} ${sender}`;
    const properties = { type: "button", className: "round reply", onclick, title: t("reply") };
    return h("button", { ...properties, "aria-label": label }, icon("reply"));
  }

  #drawEarlier(count) {
    const onclick = () => {
      this.#shown.limit += AT_ONCE;
      this.show();
    };
    const words = t("earlier", { count });
    return h("li", { className: "day" }, h("button", { type: "button", className: "quiet", onclick }, words));
  }
}

const sender = ({ sender, bot, hue }) => ({ name: sender, bot, hue });

const words = (message) =>
  ["text", "post"].includes(message.kind) ? message.text : summary(message);

function dayName(at) {
  return sameDay(at, Date.now()) ? t("today") : day(at);
}

function continues(before, message) {
  const close = message.created - before.created < TOGETHER;
  return close && before.sender === message.sender && !before.recalled;
}

function drawHead({ sender, bot, time, edited, continued }) {
  const name = h("span", { className: "name" }, sender);
  const note = edited ? h("span", { className: "edited" }, t("edited")) : null;
  const className = continued ? "head unseen" : "head";
  return h("div", { className }, name, bot ? botBadge() : null, h("time", null, time), note);
}

/** How the least advanced push of a message stands, as `{state, words}`; null without one. */
function mark(pushes) {
  const all = pushes.map(standing);
  const worst = all.find(({ state }) => state !== "acked") ?? all[0];
  if (!worst) return null;
  const time = duration(worst.milliseconds ?? 0);
  return { state: worst.state, words: t(`mark_${worst.state}`, { time, code: worst.code }) };
}

function drawMark(mark) {
  if (!mark) return null;
  const properties = { className: `mark ${mark.state}`, role: "img", title: mark.words };
  return h("span", { ...properties, "aria-label": mark.words });
}

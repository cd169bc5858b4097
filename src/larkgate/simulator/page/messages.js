// The messages of the open chat, or of one thread: one list that follows its end.

import { summary } from "./chats.js";
import { h, show, textButton } from "./dom.js";
import { drawMessage } from "./message.js";
import { clock, day, duration, locale, sameDay, t } from "./strings.js";
import { standing } from "./world.js";

const TOGETHER = 180_000; // ms within which one name stands for several messages
const NEAR = 80; // pixels from the end that count as being there
const TOP = 240; // pixels from the top at which earlier messages are fetched

export class Messages {
  #world;
  #view;
  #acts;
  #parts;
  #source;
  #shown = { of: "", last: "", keys: new Set() };
  #following = true;

  /**
   * `parts` are the elements `{scroller, list, latest}`. `source()` gives what is shown:
   * `{of, chat, messages, more, inThread}`; `more` fetches earlier ones, null when there are none.
   */
  constructor(world, view, acts, parts, source) {
    this.#world = world;
    this.#view = view;
    this.#acts = { ...acts, reveal: (id) => this.reveal(id) };
    this.#parts = parts;
    this.#source = source;
    parts.latest.onclick = () => this.#toEnd();
    parts.scroller.onscroll = () => this.#scrolled();
    const follow = new ResizeObserver(() => this.#following && this.#toEnd());
    follow.observe(parts.scroller);
    follow.observe(parts.list);
  }

  show() {
    const source = this.#source();
    if (!source) return;
    const follows = this.#follows(source);
    const { scroller, list } = this.#parts;
    const below = scroller.scrollHeight - scroller.scrollTop;
    const before = list.querySelector(".message")?.dataset.key;
    const items = this.#items(source);
    show(list, items, (item, old) => this.#draw(item, old));
    const { messages, of } = source;
    Object.assign(this.#shown, { of, last: messages.at(-1)?.id, keys: new Set(items.map(({ key }) => key)) });
    if (follows) this.#toEnd();
    else if (before !== list.querySelector(".message")?.dataset.key) {
      scroller.scrollTop = scroller.scrollHeight - below; // what was read stays where it was
    }
    this.#showLatest();
  }

  /** Whether the newest message is in sight, and stays so. */
  get isFollowing() {
    return this.#following;
  }

  /** Bring a message into sight, with all that came since. */
  async reveal(id) {
    this.#following = false;
    while (!this.#node(id) && this.#source().more) {
      await this.#source().more();
      this.show();
    }
    const node = this.#node(id);
    if (!node) return;
    node.scrollIntoView({ block: "center" });
    node.classList.remove("found");
    requestAnimationFrame(() => node.classList.add("found"));
  }

  #node(id) {
    return [...this.#parts.list.children].find((child) => child.dataset.key === id);
  }

  /** To the end for another chat, for one's own words, and where the end was in sight. */
  #follows({ of, messages }) {
    if (of !== this.#shown.of) {
      this.#shown = { of: "", last: "", keys: new Set() };
      return true;
    }
    const last = messages.at(-1);
    const isOwn = last?.id !== this.#shown.last && last?.sender === this.#view.speaker?.name;
    return this.#following || isOwn;
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.#parts.scroller;
    this.#following = scrollHeight - scrollTop - clientHeight < NEAR;
    this.#showLatest();
    const source = this.#source();
    if (scrollTop < TOP && !this.#following) source?.more?.();
  }

  #showLatest() {
    this.#parts.latest.hidden = this.#following;
  }

  #toEnd() {
    const { scroller } = this.#parts;
    this.#following = true;
    scroller.scrollTop = scroller.scrollHeight;
    this.#showLatest();
  }

  #items({ chat, messages, more, inThread }) {
    const items = more ? [{ key: "earlier", earlier: true, language: locale() }] : [];
    messages.forEach((message, index) => {
      const before = messages[index - 1];
      const newDay = !before || !sameDay(before.created, message.created);
      if (newDay) items.push({ key: `day-${message.id}`, day: dayName(message.created) });
      items.push(this.#item(chat, message, newDay ? null : before, inThread));
    });
    return items;
  }

  #item(chat, message, before, inThread) {
    const { sender, is_bot: bot } = message;
    const me = this.#view.speaker?.name;
    const parent = inThread ? null : this.#parent(message);
    const continued = Boolean(before) && !parent && !message.thread && continues(before, message);
    const mine = sender === me;
    return {
      key: message.id,
      language: locale(),
      message,
      sender,
      bot,
      mine,
      continued,
      me,
      hue: this.#world.hue(sender),
      recalled: message.recalled,
      summary: summary(message),
      news: this.#isNews(message),
      head: { sender, bot, time: clock(message.created), edited: message.edits > 0, continued },
      bubble: {
        parent,
        me,
        labels: bot,
        members: chat.members,
        mark: mark(this.#world.pushesAbout(message)),
      },
      tools: {
        sender,
        canEdit: mine && message.kind === "text",
        canRecall: mine || chat.owner === me,
        canThread: !inThread && chat.mode !== "p2p",
      },
      thread: inThread ? null : this.#thread(chat, message),
      readers: bot ? readers(message, chat) : null,
    };
  }

  #parent(message) {
    if (!message.parent) return null;
    const parent = this.#world.message(message.parent);
    if (!parent) this.#acts.fetch(message.parent);
    return parent ? { id: parent.id, sender: parent.sender, text: summary(parent) } : null;
  }

  #thread(chat, message) {
    const known = message.thread && chat.threads.get(message.thread);
    if (!known?.replies) return null;
    const { last, replies } = known;
    const said = last && { sender: last.sender, text: summary(last) };
    return { words: t("replies", { count: replies }), last: said };
  }

  #draw(item, old) {
    if (!item.earlier) return drawMessage(item, old, this.#acts);
    const onclick = () => {
      this.#following = false;
      this.#source()?.more?.();
    };
    return h("li", { className: "day" }, textButton(t("earlier"), onclick));
  }

  #isNews({ id }) {
    return this.#shown.of === this.#source().of && !this.#shown.keys.has(id);
  }
}

function readers({ readers: names }, chat) {
  const people = chat.mode === "p2p" ? "unread_by_all" : null;
  if (!names.length) return people ? { words: t(people), names: "" } : null;
  const all = t("read_by", { names: names.join(t("and")) });
  return { words: names.length > 3 ? t("read_count", { count: names.length }) : all, names: all };
}

function dayName(at) {
  return sameDay(at, Date.now()) ? t("today") : day(at);
}

function continues(before, message) {
  const close = message.created - before.created < TOGETHER;
  return close && before.sender === message.sender && !before.recalled && before.kind !== "system";
}

/** How the least advanced push of a message stands, as `{state, words}`; null without one. */
function mark(pushes) {
  const all = pushes.map(standing);
  const worst = all.find(({ state }) => state !== "acked") ?? all[0];
  if (!worst) return null;
  const time = duration(worst.milliseconds ?? 0);
  return { state: worst.state, words: t(`mark_${worst.state}`, { time, code: worst.code }) };
}

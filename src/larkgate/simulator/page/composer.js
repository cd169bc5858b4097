// Where one writes: the entry, mentions, suggestions, what is being replied to.

import { summary } from "./chats.js";
import { find, h, icon, show } from "./dom.js";
import { Picker } from "./picker.js";
import { locale, t } from "./strings.js";
import { ask } from "./world.js";

const TALLEST = 180; // pixels the entry grows to

export class Composer {
  #world;
  #view;
  #said;
  #entry = find("entry");
  #failure = find("failure");
  #picker;
  #drafts = new Map();
  #chat = null;
  #replyTo = null;
  #online = false;

  /** `said` is called with a message that was sent. */
  constructor(world, view, said) {
    this.#world = world;
    this.#view = view;
    this.#said = said;
    this.#picker = new Picker(this.#entry, () => this.#members());
    this.#entry.addEventListener("input", () => this.#changed());
    this.#entry.addEventListener("click", () => this.#picker.follow());
    this.#entry.addEventListener("compositionend", () => this.#changed());
    this.#entry.addEventListener("keydown", (event) => this.#press(event));
    find("composer").onsubmit = (event) => {
      event.preventDefault();
      this.#send();
    };
    find("mention").onmousedown = (event) => event.preventDefault();
    find("mention").onclick = () => this.#insert("@");
  }

  focus() {
    this.#entry.focus();
  }

  setOnline(online) {
    this.#online = online;
    this.#showTools();
  }

  replyTo(message) {
    this.#replyTo = message;
    this.show();
    this.focus();
  }

  show() {
    const { chat, speaker } = this.#view;
    if (!chat || !speaker) return;
    if (chat.id !== this.#chat?.id) this.#change(chat);
    const title = this.#world.title(chat, speaker);
    this.#entry.placeholder = t("placeholder", { person: speaker.name, chat: title });
    this.#showReplying();
    this.#showSuggestions();
    this.#showTools();
  }

  /** Each chat has a draft of its own. */
  #change(chat) {
    if (this.#chat) this.#drafts.set(this.#chat.id, this.#entry.value);
    this.#chat = chat;
    this.#replyTo = null;
    this.#failure.hidden = true;
    this.#write(this.#drafts.get(chat.id) ?? "");
  }

  #write(text) {
    this.#entry.value = text;
    this.#picker.close();
    this.#fit();
  }

  #changed() {
    this.#fit();
    this.#picker.follow();
    this.#showSuggestions();
    this.#showTools();
  }

  #fit() {
    this.#entry.style.height = "auto";
    this.#entry.style.height = `${Math.min(this.#entry.scrollHeight, TALLEST)}px`;
  }

  /** While an input method composes, every key is its own. */
  #press(event) {
    if (event.isComposing || event.keyCode === 229) return;
    if (this.#picker.press(event.key)) event.preventDefault();
    else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.#send();
    } else if (event.key === "Escape" && this.#replyTo) this.replyTo(null);
  }

  #insert(text) {
    this.focus();
    const { selectionStart, selectionEnd, value } = this.#entry;
    const glued = /\S$/.test(value.slice(0, selectionStart));
    this.#entry.setRangeText((glued ? " " : "") + text, selectionStart, selectionEnd, "end");
    this.#changed();
  }

  async #send() {
    const text = this.#entry.value.trim();
    if (!text || !this.#online) return;
    const unsent = { text, chat: this.#chat, replyTo: this.#replyTo };
    this.#write("");
    this.#replyTo = null;
    this.show();
    try {
      this.#said(await this.#say(unsent));
      this.#failure.hidden = true;
    } catch (error) {
      this.#giveBack(unsent, error);
    }
  }

  #say({ text, chat, replyTo }) {
    const body = { chat: chat.id, as: this.#view.speaker.id, text };
    return ask("/sim/say", replyTo ? { ...body, reply_to: replyTo.id } : body);
  }

  /** What was not sent comes back, unless something else was written meanwhile. */
  #giveBack({ text, chat, replyTo }, error) {
    this.#failure.textContent = t("failed", { cause: error.message });
    this.#failure.hidden = false;
    if (chat.id !== this.#chat.id) this.#drafts.set(chat.id, text);
    else if (!this.#entry.value) {
      this.#write(text);
      this.#replyTo = replyTo;
      this.show();
    }
  }

  /** Bots first, then people, then everybody. */
  #members() {
    const { chat, speaker } = this.#view;
    const bots = this.#world.bots(chat).map((name) => ({ name, bot: true }));
    if (chat.mode === "p2p") return bots;
    const others = chat.members.filter((name) => !this.#world.isBot(name) && name !== speaker.name);
    const people = others.map((name) => ({ name, hue: this.#world.hue(name) }));
    return [...bots, ...people, { name: t("everybody"), group: true }];
  }

  #unmentioned() {
    if (this.#chat.mode === "p2p") return [];
    return this.#world.bots(this.#chat).filter((name) => !this.#entry.value.includes(`@${name}`));
  }

  #showReplying() {
    const message = this.#replyTo;
    const values = message && { name: message.sender, text: summary(message) };
    const items = message ? [{ key: message.id, words: t("replying", values) }] : [];
    show(find("replying"), items, ({ words }) => {
      const label = t("stop_replying");
      const properties = { type: "button", className: "round", title: label, "aria-label": label };
      const onclick = () => this.replyTo(null);
      const stop = h("button", { ...properties, onclick }, icon("close"));
      return h("div", null, h("span", null, words), stop);
    });
  }

  #showSuggestions() {
    const [bot] = this.#world.bots(this.#chat);
    const last = this.#chat.messages.at(-1);
    const wanted = bot && last?.is_bot && !this.#entry.value && !this.#replyTo;
    show(find("suggestions"), wanted ? suggestions(true) : [], (item) => this.#drawChip(item));
    show(find("welcome"), last ? [] : [this.#welcome(bot)], (item) => this.#drawWelcome(item));
  }

  #welcome(bot) {
    const key = this.#chat.mode === "p2p" ? "welcome_private" : "welcome_group";
    if (!bot) return { key, title: t("welcome_nobody"), words: "", chips: [] };
    return { key, title: t("welcome", { bot }), words: t(key, { bot }), chips: suggestions(false) };
  }

  #drawWelcome({ title, words, chips }) {
    const picture = h("img", { src: "/page/icon.svg", alt: "", width: 56, height: 56 });
    const row = h("div", { className: "chips" });
    show(row, chips, (item) => this.#drawChip(item));
    return h("div", null, picture, h("h3", null, title), h("p", null, words), row);
  }

  #drawChip({ text }) {
    const onclick = () => this.#suggest(text);
    return h("button", { type: "button", className: "chip", onclick }, text);
  }

  #suggest(text) {
    const mention = this.#unmentioned()[0];
    this.#write(mention ? `@${mention} ${text}` : text);
    this.#send();
    this.focus();
  }

  #showTools() {
    if (!this.#chat) return;
    const text = this.#entry.value.trim();
    const missing = this.#unmentioned();
    const all = this.#world.bots(this.#chat).length;
    find("send").disabled = !text || !this.#online;
    show(find("bots"), missing.map((name) => ({ key: name })), (item) => this.#drawBot(item.key));
    const ignored = text && all > 0 && missing.length === all;
    find("hint").textContent = ignored ? t("not_mentioned", { bot: missing[0] }) : t("keys");
    find("hint").classList.toggle("warning", Boolean(ignored));
  }

  #drawBot(name) {
    const onclick = () => {
      this.#entry.setSelectionRange(0, 0);
      this.#insert(`@${name} `);
      this.#entry.setSelectionRange(this.#entry.value.length, this.#entry.value.length);
    };
    return h("button", { type: "button", className: "chip bot", onclick }, `@${name}`);
  }
}

/** After an answer the follow-up comes first; it means nothing before one. */
function suggestions(answered) {
  const keys = answered ? ["ask_more", "ask_2", "ask_3"] : ["ask_1", "ask_2", "ask_3"];
  return keys.map((key) => ({ key, text: t(key), language: locale() }));
}

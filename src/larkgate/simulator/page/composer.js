// Where one writes: text with mentions, files, replies and corrections; in a chat or in a thread.

import { summary } from "./chats.js";
import { find, h, icon, iconButton, show, textButton } from "./dom.js";
import { Picker } from "./picker.js";
import { t } from "./strings.js";
import { ask } from "./world.js";

const TALLEST = 180; // pixels the entry grows to
const LARGEST = 30 << 20; // bytes; the platform takes no more
const MARKED = /(\*\*.+?\*\*|\[[^\]]+\]\(https?:[^)\s]+\))/;

async function tooLarge({ name }) {
  throw new Error(t("too_large", { name }));
}

export class Composer {
  #world;
  #view;
  #said;
  #place;
  #parts = {};
  #picker;
  #drafts = new Map();
  #where = null;
  #about = null;
  #uploading = [];
  #isRich = false;
  #online = false;

  /**
   * `place()` gives `{key, chat, thread}`: where what is written goes, `thread` a message or null.
   * `said` is called with a message that was sent or changed.
   */
  constructor(form, world, view, place, said) {
    this.#world = world;
    this.#view = view;
    this.#place = place;
    this.#said = said;
    form.append(find("composer-parts").content.cloneNode(true));
    const parts = ["picker", "about", "entry", "mentioning", "attach", "rich", "title", "file-input", "bots", "hint", "send", "failure"];
    for (const name of parts) this.#parts[name] = form.querySelector(`.${name}`);
    this.#picker = new Picker(this.#parts.entry, this.#parts.picker, () => this.#members());
    this.#listen(form);
  }

  #listen(form) {
    const { entry, mentioning, attach, "file-input": files } = this.#parts;
    entry.addEventListener("input", () => this.#changed());
    entry.addEventListener("click", () => this.#picker.follow());
    entry.addEventListener("compositionend", () => this.#changed());
    entry.addEventListener("keydown", (event) => this.#press(event));
    entry.addEventListener("paste", (event) => this.#paste(event));
    form.onsubmit = (event) => {
      event.preventDefault();
      this.#send();
    };
    mentioning.prepend(icon("at"));
    mentioning.onmousedown = (event) => event.preventDefault();
    mentioning.onclick = () => this.#insert("@");
    attach.prepend(icon("attach"));
    attach.onclick = () => files.click();
    files.onchange = () => {
      this.upload(files.files);
      files.value = "";
    };
    this.#parts.send.prepend(icon("send"));
    this.#parts.rich.prepend(icon("text"));
    this.#parts.rich.onclick = () => this.#setRich(!this.#isRich);
  }

  focus() {
    this.#parts.entry.focus();
  }

  #setRich(isRich) {
    const { rich, title, entry } = this.#parts;
    this.#isRich = isRich;
    rich.setAttribute("aria-pressed", String(isRich));
    title.hidden = !isRich;
    title.value = "";
    (isRich ? title : entry).focus();
  }

  get isEmpty() {
    return !this.#parts.entry.value && !this.#about;
  }

  setOnline(online) {
    this.#online = online;
    this.#showTools();
  }

  replyTo(message) {
    this.#setAbout(message && { verb: "reply", message });
  }

  edit(message) {
    this.#setAbout({ verb: "edit", message });
    this.#write(message.text);
    this.#showTools();
  }

  #setAbout(about) {
    if (this.#about?.verb === "edit") this.#write("");
    this.#about = about;
    this.show();
    this.focus();
  }

  show() {
    const place = this.#place();
    const { speaker } = this.#view;
    if (!place || !speaker) return;
    if (place.key !== this.#where?.key) this.#move(place);
    const { chat, thread } = place;
    const key = thread ? "placeholder_thread" : chat.mode === "topic" ? "placeholder_topic" : "placeholder";
    const title = this.#world.title(chat, speaker);
    this.#parts.entry.placeholder = t(key, { person: speaker.name, chat: title });
    this.#showAbout();
    this.#showTools();
  }

  /** Each chat and each thread has a draft of its own. */
  #move(place) {
    if (this.#where) this.#drafts.set(this.#where.key, this.#parts.entry.value);
    this.#where = place;
    this.#about = null;
    this.#parts.failure.hidden = true;
    this.#write(this.#drafts.get(place.key) ?? "");
  }

  #write(text) {
    this.#parts.entry.value = text;
    this.#picker.close();
    this.#fit();
  }

  #changed() {
    this.#fit();
    this.#picker.follow();
    this.#showTools();
    this.#parts.entry.dispatchEvent(new CustomEvent("written", { bubbles: true }));
  }

  #fit() {
    const { style, scrollHeight } = this.#parts.entry;
    style.height = "auto";
    style.height = `${Math.min(this.#parts.entry.scrollHeight || scrollHeight, TALLEST)}px`;
  }

  /** While an input method composes, every key is its own. */
  #press(event) {
    if (event.isComposing || event.keyCode === 229) return;
    if (this.#picker.press(event.key)) {
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.#send();
    } else if (event.key === "Escape" && this.#about) {
      event.stopPropagation();
      this.#setAbout(null);
    }
  }

  #paste(event) {
    const { files } = event.clipboardData;
    if (!files.length) return;
    event.preventDefault();
    this.upload(files);
  }

  #insert(text) {
    this.focus();
    const { entry } = this.#parts;
    const { selectionStart, selectionEnd, value } = entry;
    const glued = /\S$/.test(value.slice(0, selectionStart));
    entry.setRangeText((glued ? " " : "") + text, selectionStart, selectionEnd, "end");
    this.#changed();
  }

  /** Send a text as if it had been written, with the mention it needs. */
  suggest(text) {
    const mention = this.#unmentioned()[0];
    this.#write(mention ? `@${mention} ${text}` : text);
    this.#send();
    this.focus();
  }

  async #send() {
    const text = this.#parts.entry.value.trim();
    if (!text || !this.#online) return;
    const title = this.#isRich ? this.#parts.title.value.trim() : null;
    const unsent = { text, title, place: this.#where, about: this.#about };
    if (this.#isRich) this.#setRich(false);
    this.#write("");
    this.#about = null;
    this.show();
    await this.#try(() => this.#say(unsent), () => this.#giveBack(unsent));
  }

  #say({ text, title, place, about }) {
    const as = this.#view.speaker.id;
    if (about?.verb === "edit") return ask("/sim/edit", { message: about.message.id, as, text });
    const where = { chat: place.chat.id, as, ...relation(place, about) };
    if (title === null) return ask("/sim/say", { ...where, text });
    return ask("/sim/post", { ...where, title, paragraphs: paragraphs(text) });
  }

  /** Send each file as a message of its own. */
  async upload(files) {
    const place = this.#where;
    const about = this.#about;
    if (!place) return;
    for (const file of files) {
      const form = new FormData();
      const fields = { chat: place.chat.id, as: this.#view.speaker.id, ...relation(place, about) };
      for (const [name, value] of Object.entries(fields)) form.append(name, String(value));
      form.append("file", file, file.name || "image.png");
      const post = () => (file.size > LARGEST ? tooLarge(file) : ask("/sim/files", form));
      this.#uploading.push(file.name);
      this.#showAbout();
      await this.#try(post);
      this.#uploading.shift();
      this.#showAbout();
    }
  }

  async #try(act, otherwise = () => {}) {
    const { failure } = this.#parts;
    try {
      this.#said(await act());
      failure.hidden = true;
    } catch (error) {
      failure.textContent = t("failed", { cause: error.message });
      failure.hidden = false;
      otherwise();
    }
  }

  /** What was not sent comes back, unless something else was written meanwhile. */
  #giveBack({ text, title, place, about }) {
    if (place.key !== this.#where.key) this.#drafts.set(place.key, text);
    else if (!this.#parts.entry.value) {
      this.#write(text);
      this.#about = about;
      if (title !== null) {
        this.#setRich(true);
        this.#parts.title.value = title;
      }
      this.show();
    }
  }

  /** Bots first, then people, then everybody. */
  #members() {
    const { chat } = this.#where;
    const bots = this.#world.bots(chat).map((name) => ({ name, bot: true }));
    if (chat.mode === "p2p") return bots;
    const isOther = (name) => !this.#world.isBot(name) && name !== this.#view.speaker.name;
    const people = chat.members.filter(isOther).map((name) => ({ name, hue: this.#world.hue(name) }));
    return [...bots, ...people, { name: t("everybody"), group: true }];
  }

  #unmentioned() {
    const chat = this.#where?.chat;
    if (!chat || chat.mode === "p2p") return [];
    return this.#world.bots(chat).filter((name) => !this.#parts.entry.value.includes(`@${name}`));
  }

  #showAbout() {
    const { about: box } = this.#parts;
    const about = this.#about;
    const key = { reply: "replying", edit: "editing" }[about?.verb];
    const values = about && { name: about.message.sender, text: summary(about.message) };
    const items = about ? [{ key, words: t(key, values), stop: true }] : [];
    const [name] = this.#uploading;
    if (name) items.push({ key: "uploading", words: t("uploading", { name }) });
    show(box, items, ({ words, stop }) => {
      const button = stop ? iconButton("close", t("stop"), () => this.#setAbout(null)) : null;
      return h("div", null, h("span", null, words), button);
    });
  }

  #showTools() {
    if (!this.#where) return;
    const { entry, mentioning, attach, rich, title, send, bots, hint } = this.#parts;
    entry.setAttribute("aria-label", t("entry"));
    for (const [button, key] of [[mentioning, "mention"], [attach, "attach"], [rich, "rich"]]) {
      button.title = t(key);
      button.setAttribute("aria-label", t(key));
    }
    title.placeholder = t("post_title");
    title.setAttribute("aria-label", t("post_title"));
    const edits = this.#about?.verb === "edit";
    const text = entry.value.trim();
    const missing = edits ? [] : this.#unmentioned();
    const all = this.#world.bots(this.#where.chat).length;
    send.disabled = !text || !this.#online;
    send.querySelector("span").textContent = t(edits ? "save" : "send");
    show(bots, missing.map((name) => ({ key: name })), (item) => this.#drawBot(item.key));
    const ignored = text && all > 0 && missing.length === all;
    hint.textContent = ignored ? t("not_mentioned", { bot: missing[0] }) : t("keys");
    hint.classList.toggle("warning", Boolean(ignored));
  }

  #drawBot(name) {
    const onclick = () => {
      const { entry } = this.#parts;
      entry.setSelectionRange(0, 0);
      this.#insert(`@${name} `);
      entry.setSelectionRange(entry.value.length, entry.value.length);
    };
    return textButton(`@${name}`, onclick, "chip bot");
  }
}

/** How a message stands to others: in a thread, or as a reply. */
function relation({ thread }, about) {
  const target = about?.verb === "reply" ? about.message : thread;
  if (!target) return {};
  return thread ? { reply_to: target.id, in_thread: true } : { reply_to: target.id };
}

/** Lines as a post has them; one with a mention stays text, for the platform to find it. */
function paragraphs(text) {
  return text.split("\n").map((line) => (line.includes("@") ? line : elements(line)));
}

function elements(line) {
  return line.split(MARKED).filter(Boolean).map((piece) => {
    const [, bold] = piece.match(/^\*\*(.+)\*\*$/) ?? [];
    if (bold) return { tag: "text", text: bold, style: ["bold"] };
    const [, words, href] = piece.match(/^\[([^\]]+)\]\((https?:.+)\)$/) ?? [];
    return href ? { tag: "a", text: words, href } : { tag: "text", text: piece };
  });
}

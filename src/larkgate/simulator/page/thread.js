// One thread in a pane of its own.

import { Composer } from "./composer.js";
import { find, h } from "./dom.js";
import { Messages } from "./messages.js";
import { t } from "./strings.js";

export class ThreadPane {
  #world;
  #root = null;
  #messages = [];
  #list;
  #composer;

  constructor(world, view, acts, said) {
    this.#world = world;
    const parts = { scroller: find("thread-scroller"), list: find("thread-messages"), latest: find("thread-latest") };
    const own = { ...acts, reply: (id) => this.#composer.replyTo(world.message(id)), edit: (id) => this.#composer.edit(world.message(id)) };
    this.#list = new Messages(world, view, own, parts, () => this.#source());
    const place = () => this.#root && { key: this.#root.id, chat: this.#chat, thread: this.#root };
    this.#composer = new Composer(find("thread-composer"), world, view, place, said);
    find("thread-close").onclick = () => this.close();
    find("thread").addEventListener("keydown", ({ key }) => key === "Escape" && this.close());
  }

  get #chat() {
    return this.#world.chats.get(this.#root.chat_id);
  }

  get isOpen() {
    return this.#root !== null;
  }

  setOnline(online) {
    this.#composer.setOnline(online);
  }

  upload(files) {
    this.#composer.upload(files);
  }

  /** The thread this message began, or is about to begin. */
  async open(root) {
    this.#root = root;
    this.#messages = [root];
    document.body.dataset.thread = "open";
    if (root.thread) this.#messages = await this.#world.thread(this.#chat, root.thread);
    this.show();
    this.#composer.focus();
  }

  close() {
    this.#root = null;
    document.body.dataset.thread = "closed";
  }

  /** A message that may belong here. */
  heard(message) {
    const isHere = this.#root && message.thread && message.thread === this.#root.thread;
    if (isHere && !this.#messages.some(({ id }) => id === message.id)) this.#messages.push(message);
  }

  /** Closes when another chat is open. */
  show(chat = this.#root && this.#chat) {
    if (!this.#root) return;
    if (chat !== this.#chat) return this.close();
    find("thread-name").replaceChildren(t("thread_of", { name: this.#root.sender }), h("small", null, this.#chat.name));
    this.#list.show();
    this.#composer.show();
  }

  #source() {
    if (!this.#root) return null;
    return { of: this.#root.id, chat: this.#chat, messages: this.#messages, more: null, inThread: true };
  }
}

// Who speaks, which chat is open, what has been read. The address bar keeps the first two.

export class View {
  #world;
  #read = new Map();
  speaker = null;
  chat = null;

  constructor(world) {
    this.#world = world;
  }

  /** After the world was loaded: whoever is gone gives way to who is there. */
  settle() {
    this.#settleRead();
    const asked = new URLSearchParams(location.hash.slice(1));
    this.speaker = this.#find(this.#world.people, asked.get("as")) ?? this.#world.people[0] ?? null;
    const chats = [...this.#world.chats.values()];
    const chat = this.#find(chats, asked.get("chat"));
    if (chat) this.open(chat);
    else this.speakAs(this.speaker);
  }

  /** The chats the speaker is in, the latest first. */
  chats() {
    const chats = [...this.#world.chats.values()].filter((chat) => this.#includes(chat));
    return chats.sort((one, other) => latest(other) - latest(one));
  }

  /** Only a member may speak: a private chat of somebody else changes who speaks. */
  open(chat) {
    this.chat = chat;
    if (!this.#includes(chat)) {
      const members = this.#world.people.filter((person) => chat.members.includes(person.name));
      this.speaker = members[0] ?? this.speaker;
    }
    this.markRead();
    this.#remember();
  }

  /** The open chat stays open if this person is in it, else a chat of the same kind is. */
  speakAs(person) {
    this.speaker = person;
    const chats = this.chats();
    const stays = this.chat && chats.find((chat) => chat.id === this.chat.id);
    const alike = chats.find((chat) => chat.mode === this.chat?.mode);
    const next = stays ?? alike ?? chats[0];
    if (next) this.open(next);
    else this.#remember();
  }

  unread(chat) {
    return chat.count - (this.#read.get(chat.id) ?? 0);
  }

  /** Whether somebody has unread messages in a chat that only they can see. */
  hasUnread(person) {
    const chats = [...this.#world.chats.values()];
    return chats.some(
      (chat) => chat.mode === "p2p" && chat.members.includes(person.name) && this.unread(chat) > 0,
    );
  }

  /** True while what is in the open chat can be seen. */
  markRead() {
    if (!this.chat || document.hidden) return false;
    this.#read.set(this.chat.id, this.chat.count);
    return this.speaker !== null;
  }

  /** What was there at the first look is not news. */
  #settleRead() {
    const first = this.#read.size === 0;
    for (const chat of this.#world.chats.values()) {
      const read = first ? Infinity : (this.#read.get(chat.id) ?? 0);
      this.#read.set(chat.id, Math.min(read, chat.count));
    }
  }

  #includes(chat) {
    return this.speaker !== null && chat.members.includes(this.speaker.name);
  }

  #find(all, nameOrId) {
    return nameOrId && all.find((each) => each.id === nameOrId || each.name === nameOrId);
  }

  #remember() {
    const parts = { as: this.speaker?.id, chat: this.chat?.id };
    const known = Object.entries(parts).filter(([, id]) => id);
    history.replaceState(null, "", `#${new URLSearchParams(known)}`);
  }
}

const latest = (chat) => chat.last?.created ?? 0;

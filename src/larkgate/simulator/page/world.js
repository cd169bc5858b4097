// What the simulator holds, as far as this page knows: of each chat the newest messages, more on
// request.

export const PAGE = 50;
const LONGEST = 150; // messages of a chat that is read at its end
const REMEMBERED = 3000; // messages that are in no list: quoted, told of
const REMEMBERED_PUSHES = 2000;

export class World {
  apps = [];
  people = [];
  chats = new Map();
  #messages = new Map();
  #pushes = new Map();

  /** Everything anew; throws when the simulator does not answer. Gives what passed lately. */
  async load() {
    const messages = await ask("/sim/messages?limit=100"); // first, or one between would be lost
    const paths = ["/sim/world", "/sim/pushes?limit=200", "/sim/calls?limit=100"];
    const [world, pushes, calls] = await Promise.all(paths.map((path) => ask(path)));
    this.chats.clear();
    this.#messages.clear();
    this.#pushes.clear();
    messages.forEach((message) => this.#know(message));
    this.#settle(world);
    pushes.forEach((push) => this.keepPush(push));
    return { pushes, calls };
  }

  /** Who there is and in which chats, anew; messages stay. */
  async refresh() {
    this.#settle(await ask("/sim/world"));
  }

  #settle({ apps, people, chats }) {
    this.apps = apps;
    this.people = people;
    const known = (chat) => this.chats.get(chat.id) ?? unopened();
    this.chats = new Map(chats.map((chat) => [chat.id, Object.assign(known(chat), chat)]));
  }

  /** The newest messages of a chat and its threads, when it is first opened: true then. */
  async open(chat) {
    if (chat.loaded) return false;
    chat.loaded = true;
    const [messages, threads] = await Promise.all([
      ask(`/sim/messages?chat=${chat.id}&main=1&limit=${PAGE}`),
      ask(`/sim/threads?chat=${chat.id}`),
    ]);
    const shown = new Set(messages.map(({ id }) => id));
    const since = chat.messages.filter(({ id }) => !shown.has(id));
    chat.messages = [...messages.map((each) => this.#know(each)), ...since];
    chat.complete = messages.length < PAGE;
    threads.forEach(({ thread, replies, last }) => {
      chat.threads.set(thread, { replies, last: last && this.#know(last) });
    });
    return true;
  }

  /** One page upwards. */
  async earlier(chat) {
    if (chat.complete || chat.loading) return;
    chat.loading = true;
    try {
      const before = chat.messages[0]?.id ?? "";
      const query = `chat=${chat.id}&main=1&limit=${PAGE}&before=${before}`;
      const messages = await ask(`/sim/messages?${query}`);
      chat.messages.unshift(...messages.map((each) => this.#know(each)));
      chat.complete = messages.length < PAGE;
    } finally {
      chat.loading = false;
    }
  }

  /** All messages of a thread, its root first. */
  async thread(chat, id) {
    const messages = await ask(`/sim/messages?chat=${chat.id}&thread=${id}&limit=1000`);
    return messages.map((each) => this.#know(each));
  }

  /** A message that is not on this page yet, for a quote. */
  async fetch(id) {
    const [message] = await ask(`/sim/messages?id=${id}`);
    return message && this.#know(message);
  }

  /** True for a message that is new, in a chat that is known. */
  keepMessage(message) {
    const chat = this.chats.get(message.chat_id);
    if (chat?.last?.id === message.id) Object.assign(chat.last, message);
    const isOld = this.#messages.has(message.id) || message.created < chat?.last?.created;
    if (!chat || isOld) {
      if (this.#messages.has(message.id)) this.#know(message);
      return false;
    }
    if (chat.last?.id !== message.id) chat.count += 1;
    chat.last = this.#know(message);
    if (isReply(message)) this.#join(chat, chat.last);
    else if (chat.loaded) chat.messages.push(chat.last);
    return true;
  }

  /** Who reads the end of a chat has the newest messages; earlier ones come again by the page. */
  trim(chat) {
    if (chat.messages.length <= LONGEST) return;
    chat.messages.splice(0, chat.messages.length - PAGE);
    chat.complete = false;
  }

  #join(chat, message) {
    const { replies } = chat.threads.get(message.thread) ?? { replies: 0 };
    chat.threads.set(message.thread, { replies: replies + 1, last: message });
  }

  #know(message) {
    const known = Object.assign(this.#messages.get(message.id) ?? {}, message);
    this.#messages.set(message.id, known);
    if (this.#messages.size > 2 * REMEMBERED) this.#forget();
    return known;
  }

  /** The oldest of those that no list shows. */
  #forget() {
    const listed = [...this.chats.values()].flatMap(({ messages }) => messages.map(({ id }) => id));
    const shown = new Set(listed);
    for (const id of this.#messages.keys()) {
      if (this.#messages.size <= REMEMBERED + shown.size) return;
      if (!shown.has(id)) this.#messages.delete(id);
    }
  }

  keepPush(push) {
    const about = this.#pushes.get(push.about) ?? new Map();
    about.set(push.event_id + push.app_id, push);
    this.#pushes.set(push.about, about);
    if (this.#pushes.size > REMEMBERED_PUSHES) this.#pushes.delete(this.#pushes.keys().next().value);
  }

  message(id) {
    return this.#messages.get(id);
  }

  /** The pushes that brought this message to bots. */
  pushesAbout(message) {
    const pushes = [...(this.#pushes.get(message.id)?.values() ?? [])];
    return pushes.filter((push) => push.event_type === "im.message.receive_v1");
  }

  person(name) {
    return this.people.find((person) => person.name === name);
  }

  hue(name) {
    return this.people.findIndex((person) => person.name === name) % 6;
  }

  isBot(name) {
    return !this.person(name) && this.apps.some((app) => app.name === name);
  }

  bots(chat) {
    return chat.members.filter((name) => this.isBot(name));
  }

  /** What `person` calls a chat: a private one has the name of the other side. */
  title(chat, person) {
    if (chat.mode !== "p2p") return chat.name;
    return chat.members.find((name) => name !== person?.name) ?? chat.name;
  }
}

/** Whether it stands in a thread that it did not begin. */
export const isReply = (message) => Boolean(message.thread && message.root);

const unopened = () => ({ messages: [], threads: new Map(), loaded: false, complete: false });

/** How a push stands: `{state, milliseconds?, code?}`. */
export function standing(push) {
  if (push.acked_at !== null) {
    const attempt = push.attempts.find((each) => each.acked_at === push.acked_at);
    return { state: "acked", milliseconds: attempt ? (attempt.acked_at - attempt.at) * 1000 : 0 };
  }
  if (push.given_up) return { state: "lost" };
  const last = push.attempts.at(-1);
  if (!last?.failed) return { state: "waiting" };
  if (last.connection === null) return { state: "nobody" };
  return last.code === null ? { state: "late" } : { state: "refused", code: last.code };
}

/** JSON from the simulator, by POST with a body; throws an Error with its sentence. */
export async function ask(path, body, method = body ? "POST" : "GET") {
  const options = { method };
  if (body instanceof FormData) options.body = body;
  else if (body) options.body = JSON.stringify(body);
  const response = await fetch(path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error ?? response.statusText);
  return answer;
}

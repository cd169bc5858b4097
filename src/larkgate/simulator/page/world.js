// What the simulator holds, as far as this page knows.

const REMEMBERED_PUSHES = 2000;

export class World {
  apps = [];
  people = [];
  chats = new Map();
  #messages = new Map();
  #pushes = new Map();

  /** Everything anew; throws when the simulator does not answer. */
  async load() {
    const [world, pushes] = await Promise.all([ask("/sim/world"), ask("/sim/pushes?limit=500")]);
    this.apps = world.apps;
    this.people = world.people;
    this.chats = new Map(world.chats.map((chat) => [chat.id, chat]));
    const messages = world.chats.flatMap((chat) => chat.messages);
    this.#messages = new Map(messages.map((message) => [message.id, message]));
    this.#pushes.clear();
    pushes.forEach((push) => this.keepPush(push));
    return pushes;
  }

  /** True for a message that was not known, in a chat that is. */
  keepMessage(message) {
    const known = this.#messages.get(message.id);
    if (known) {
      Object.assign(known, message);
      return false;
    }
    this.#messages.set(message.id, message);
    this.chats.get(message.chat_id)?.messages.push(message);
    return this.chats.has(message.chat_id);
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

/** JSON from the simulator; throws an Error with its sentence. */
export async function ask(path, body) {
  const options = body && { method: "POST", body: JSON.stringify(body) };
  const response = await fetch(path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error ?? response.statusText);
  return answer;
}

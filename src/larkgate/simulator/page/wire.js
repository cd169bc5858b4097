// What passes between bots and platform: pushes with their acknowledgements, calls, connections.

import { summary } from "./chats.js";
import { detailsOf, drawDetails } from "./details.js";
import { find, h, icon, show } from "./dom.js";
import { clockSeconds, duration, locale, t } from "./strings.js";
import { standing } from "./world.js";

const KEPT = 200;
const TIMES_KEPT = 1000;
const NEAR = 60; // pixels from the end that count as being there

const API = "^/open-apis/";
const CALLS = [
  ["POST", `${API}auth/v3/`, "call_token"],
  ["GET", `${API}bot/v3/info$`, "call_bot"],
  ["POST", `${API}im/v1/messages$`, "call_send"],
  ["POST", `${API}im/v1/messages/[^/]+/reply$`, "call_reply"],
  ["", `${API}im/v1/messages/[^/]+/reactions`, "call_react"],
  ["", `${API}im/v1/messages/[^/]+/resources`, "call_download"],
  ["GET", `${API}im/v1/messages`, "call_get"],
  ["PUT", `${API}im/v1/messages/[^/]+$`, "call_edit"],
  ["PATCH", `${API}im/v1/messages/[^/]+$`, "call_update"],
  ["DELETE", `${API}im/v1/messages/[^/]+$`, "call_recall"],
  ["POST", `${API}im/v1/(images|files)`, "call_upload"],
  ["GET", `${API}im/v1/(images|files)`, "call_download"],
  ["", `${API}im/v1/chats`, "call_chat"],
  ["", `${API}contact/`, "call_contact"],
  ["", `${API}bitable/`, "call_bitable"],
  ["PUT", `${API}cardkit/v1/cards/[^/]+/elements/[^/]+/content$`, "call_stream"],
  ["", `${API}cardkit/`, "call_card"],
  ["", `${API}interactive/`, "call_update"],
  ["POST", "^/callback/ws/endpoint$", "call_endpoint"],
  ["GET", "^/ws/", "call_socket"],
].map(([method, pattern, key]) => [method, new RegExp(pattern), key]);
const PUSHES = {
  "im.message.receive_v1": "push_message",
  "im.message.recalled_v1": "push_recall",
  "im.message.message_read_v1": "push_read",
  "im.message.reaction.created_v1": "push_reaction",
  "im.message.reaction.deleted_v1": "push_reaction",
  "im.chat.access_event.bot_p2p_chat_entered_v1": "push_enter",
  "im.chat.member.bot.added_v1": "push_bot",
  "im.chat.member.bot.deleted_v1": "push_bot",
  "application.bot.menu_v6": "push_menu_event",
  "card.action.trigger": "push_click",
};

export class Wire {
  #world;
  #reveal;
  #rows = find("wire-rows");
  #kept = new Map();
  #times = new Map();
  #open = new Set();
  #pushes = new Set();
  #expanded = new Map();
  #paused = null;
  #withPings = false;

  /** `reveal` is called with the message a push told of. */
  constructor(world, reveal) {
    this.#world = world;
    this.#reveal = reveal;
    find("wire-clear").onclick = () => this.clear();
    find("wire-pause").onclick = () => this.#pause();
    find("wire-pings").onclick = ({ currentTarget }) => this.#showPings(currentTarget);
    find("wire-filter").oninput = () => this.show(true);
  }

  clear() {
    this.#kept.clear();
    this.#times.clear();
    this.#pushes.clear();
    this.#open.clear();
    this.#expanded.clear();
    this.#paused &&= { keys: new Set() };
    this.show(true);
  }

  /** What comes meanwhile is kept, and shown when it goes on. */
  #pause() {
    this.#paused = this.#paused ? null : { keys: new Set(this.#kept.keys()) };
    const button = find("wire-pause");
    const label = t(this.#paused ? "resume" : "pause");
    button.replaceChildren(icon(this.#paused ? "play" : "pause"));
    button.title = label;
    button.setAttribute("aria-label", label);
    button.setAttribute("aria-pressed", String(Boolean(this.#paused)));
    this.show(true);
  }

  #showPings(button) {
    this.#withPings = !this.#withPings;
    button.setAttribute("aria-pressed", String(this.#withPings));
    this.show(true);
  }

  push(push) {
    const key = `push-${push.event_id}-${push.app_id}`;
    this.#pushes.add(key);
    const { state, milliseconds } = standing(push);
    if (state === "acked") this.#times.set(key, milliseconds);
    this.#open[state === "acked" ? "delete" : "add"](key);
    if (this.#times.size > TIMES_KEPT) this.#times.delete(this.#times.keys().next().value);
    this.#keep(key, { push });
  }

  call(call) {
    const isSocket = call.path.startsWith("/ws/");
    if (isSocket && (call.status ?? 101) === 101) return; // told by its connection
    const key = `call-${call.log_id}`;
    const wasCut = call.status === null && this.#kept.has(key);
    this.#keep(key, { call, wasCut });
  }

  connection(connection) {
    const key = `connection-${connection.id}-${connection.event}`;
    this.#keep(key, { connection, at: Date.now() });
  }

  /** Heartbeats of a connection are one row, at the time of the last. */
  ping(ping) {
    const key = `ping-${ping.id}`;
    this.#kept.delete(key);
    this.#keep(key, { ping });
  }

  show(isShown, { follow = true } = {}) {
    if (!isShown) return;
    find("wire-filter").placeholder = t("filter");
    const { scrollHeight, scrollTop, clientHeight } = this.#rows;
    const follows = follow && scrollHeight - scrollTop - clientHeight < NEAR;
    const rows = this.#wanted();
    find("wire-empty").hidden = rows.length > 0;
    show(this.#rows, rows, (row) => this.#draw(row));
    if (follows) this.#rows.scrollTop = this.#rows.scrollHeight;
    this.#showFigures();
  }

  /** Not those that came during a pause, and only what the filter lets through. */
  #wanted() {
    const words = find("wire-filter").value.trim().toLowerCase();
    const all = [...this.#kept].filter(([, { ping }]) => this.#withPings || !ping);
    const shown = all.filter(([key]) => !this.#paused || this.#paused.keys.has(key));
    const missing = all.length - shown.length;
    find("wire-paused").hidden = !this.#paused;
    find("wire-paused").textContent = t("paused", { count: missing });
    const rows = shown.map(([key, entry]) => this.#row(key, entry));
    const text = ({ title, detail, raw, words: state }) => [title, detail, raw, state].join(" ").toLowerCase();
    return words ? rows.filter((row) => text(row).includes(words)) : rows;
  }

  #keep(key, entry) {
    this.#kept.set(key, entry);
    if (this.#kept.size > KEPT) this.#forget(this.#kept.keys().next().value);
    else if (this.#expanded.has(key)) this.#ask(key, entry);
  }

  #forget(key) {
    this.#kept.delete(key);
    this.#expanded.delete(key);
  }

  #row(key, { push, call, wasCut, connection, ping, at }) {
    const common = { key, language: locale(), expanded: this.#expanded.get(key) };
    if (push) return { ...common, ...pushRow(push, this.#world) };
    if (call) return { ...common, ...callRow(call, wasCut) };
    if (ping) return { ...common, ...pingRow(ping) };
    const state = connection.event === "opened" ? "good" : "bad";
    const title = t(`connection_${connection.event}`);
    return { ...common, kind: "link", at, title, detail: connection.id, state };
  }

  #draw({ key, kind, at, title, detail, state, words, about, raw, expanded }) {
    const sign = { push: "down", call: "up", link: "link", ping: "wire" }[kind];
    const chip = words ? h("span", { className: `state ${state}` }, words) : null;
    const head = h(
      "button",
      { type: "button", className: "wire-head", title: raw, "aria-expanded": String(Boolean(expanded)), onclick: () => this.#expand(key) },
      h("span", { className: "sign" }, icon(sign)),
      h("span", { className: "what" }, title),
      h("time", null, at === null ? "" : clockSeconds(at)),
      chip,
      h("span", { className: "detail" }, detail),
    );
    const more = expanded ? drawDetails(expanded, about && (() => this.#reveal(about))) : null;
    return h("li", { className: `${kind} ${state}` }, head, more);
  }

  /** What passed, in full; again closes it. */
  #expand(key) {
    if (this.#expanded.delete(key)) this.show(true, { follow: false });
    else this.#ask(key, this.#kept.get(key)).then(() => this.#lookAt(key));
  }

  #lookAt(key) {
    const row = this.#rows.querySelector(`[data-key="${CSS.escape(key)}"]`);
    row?.scrollIntoView({ block: "nearest" });
    if (row?.offsetHeight > this.#rows.clientHeight) row.scrollIntoView();
  }

  async #ask(key, { push, call, connection, ping }) {
    const asked = push ? { event: push.event_id } : call ? { call } : (connection ?? ping);
    const parts = await detailsOf(asked).catch(({ message }) => [{ label: "", text: message }]);
    if (!this.#kept.has(key)) return;
    this.#expanded.set(key, parts);
    this.show(true, { follow: false });
  }

  #showFigures() {
    const times = [...this.#times.values()].sort((one, other) => one - other);
    const median = times.length ? duration(times[times.length >> 1]) : "–";
    const figures = [
      ["figure_pushes", this.#pushes.size],
      ["figure_acked", median],
      ["figure_open", this.#open.size],
    ];
    const items = figures.map(([key, value]) => ({ key, label: t(key), value }));
    show(find("wire-figures"), items, ({ label, value }) =>
      h("div", null, h("dt", null, label), h("dd", null, String(value))),
    );
  }
}

function pushRow(push, world) {
  const { state, milliseconds, code } = standing(push);
  const message = world.message(push.about);
  const chat = message && world.chats.get(message.chat_id);
  const values = { name: message?.sender, text: message && summary(message) };
  const said = message ? t("says", values) : push.event_type;
  const count = push.attempts.length;
  const again = count > 1 ? ` · ${t("attempt", { count })}` : "";
  const words = t(`state_${state}`, { time: duration(milliseconds ?? 0), code }) + again;
  return {
    kind: "push",
    at: push.attempts.length ? push.attempts[0].at * 1000 : null,
    title: t(PUSHES[push.event_type] ?? "push_other"),
    detail: chat ? `${place(chat)} · ${said}` : said,
    raw: `${push.event_type} ${push.event_id}`,
    about: message && message.id,
    state: { acked: "good", waiting: "wait" }[state] ?? "bad",
    words,
  };
}

const place = (chat) => (chat.mode === "p2p" ? t("private") : chat.name);

function callRow({ at, method, path, status, code }, wasCut) {
  const known = CALLS.find(([verb, pattern]) => (!verb || verb === method) && pattern.test(path));
  const short = path.replace(/^\/open-apis\//, "").replace(/\b(o[cmu]_)\w{6,}(\w{4})\b/g, "$1…$2");
  return {
    kind: "call",
    at: at * 1000,
    title: t(known?.[2] ?? "call_other"),
    detail: `${method} ${short}`,
    raw: `${method} ${path}`,
    ...outcome(status, code, wasCut),
  };
}

function pingRow({ id, pings, at }) {
  return { kind: "ping", at: at * 1000, title: t("pings", { count: pings }), detail: id, state: "good" };
}

function outcome(status, code, wasCut) {
  if (wasCut) return { state: "bad", words: t("cut_off") };
  if (status === null) return { state: "wait", words: t("under_way") };
  if (code) return { state: "bad", words: t("code", { code }) };
  return { state: status < 400 ? "good" : "bad", words: String(status) };
}

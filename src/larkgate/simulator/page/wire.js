// What passes between bots and platform: pushes with their acknowledgements, calls, connections.

import { summary } from "./chats.js";
import { find, h, icon, show } from "./dom.js";
import { keep } from "./kept.js";
import { clockSeconds, duration, locale, t } from "./strings.js";
import { standing } from "./world.js";

const KEPT = 200;
const TIMES_KEPT = 1000;
const NEAR = 60; // pixels from the end that count as being there

const CALLS = [
  ["POST", /^\/open-apis\/auth\/v3\//, "call_token"],
  ["GET", /^\/open-apis\/bot\/v3\/info$/, "call_bot"],
  ["POST", /^\/open-apis\/im\/v1\/messages$/, "call_send"],
  ["POST", /^\/open-apis\/im\/v1\/messages\/[^/]+\/reply$/, "call_reply"],
  ["GET", /^\/open-apis\/im\/v1\/messages\/[^/]+$/, "call_get"],
  ["PUT", /^\/open-apis\/im\/v1\/messages\/[^/]+$/, "call_edit"],
  ["DELETE", /^\/open-apis\/im\/v1\/messages\/[^/]+$/, "call_recall"],
  ["POST", /^\/callback\/ws\/endpoint$/, "call_endpoint"],
  ["GET", /^\/ws\//, "call_socket"],
];
const PUSHES = {
  "im.message.receive_v1": "push_message",
  "im.message.recalled_v1": "push_recall",
};

export class Wire {
  #world;
  #reveal;
  #rows = find("wire-rows");
  #kept = new Map();
  #times = new Map();
  #open = new Set();
  #pushes = new Set();

  /** `reveal` is called with the message a push told of. */
  constructor(world, reveal) {
    this.#world = world;
    this.#reveal = reveal;
    find("wire-clear").onclick = () => this.clear();
    find("wire-close").onclick = () => this.toggle(false);
    find("wire-toggle").onclick = () => this.toggle(!this.isOpen);
  }

  get isOpen() {
    return document.body.dataset.wire === "open";
  }

  toggle(open, { remember = true } = {}) {
    document.body.dataset.wire = open ? "open" : "closed";
    find("wire-toggle").setAttribute("aria-expanded", String(open));
    if (remember) keep("wire", open ? "open" : "closed");
    this.show();
  }

  clear() {
    this.#kept.clear();
    this.#times.clear();
    this.#pushes.clear();
    this.#open.clear();
    this.show();
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
    if (call.status === 101) return; // told by its connection, and sooner
    this.#keep(`call-${call.log_id}`, { call });
  }

  connection(connection) {
    const key = `connection-${connection.id}-${connection.event}`;
    this.#keep(key, { connection, at: Date.now() });
  }

  show() {
    const rows = [...this.#kept].map(([key, entry]) => this.#row(key, entry));
    find("wire-empty").hidden = rows.length > 0;
    if (!this.isOpen) return;
    const { scrollHeight, scrollTop, clientHeight } = this.#rows;
    const follows = scrollHeight - scrollTop - clientHeight < NEAR;
    show(this.#rows, rows, (row) => this.#draw(row));
    if (follows) this.#rows.scrollTop = this.#rows.scrollHeight;
    this.#showFigures();
  }

  #keep(key, entry) {
    this.#kept.set(key, entry);
    if (this.#kept.size > KEPT) this.#kept.delete(this.#kept.keys().next().value);
  }

  #row(key, { push, call, connection, at }) {
    const language = locale();
    if (push) return { key, language, ...pushRow(push, this.#world) };
    if (call) return { key, language, ...callRow(call) };
    const opened = connection.event === "opened";
    const title = t(`connection_${connection.event}`);
    const state = opened ? "good" : "bad";
    return { key, language, kind: "link", at, title, detail: connection.id, state };
  }

  #draw({ kind, at, title, detail, state, words, about, raw }) {
    const sign = { push: "down", call: "up", link: "link" }[kind];
    const lower = about
      ? h("button", { type: "button", className: "detail", onclick: () => this.#reveal(about) }, detail)
      : h("span", { className: "detail" }, detail);
    if (raw) lower.title = raw;
    const chip = words ? h("span", { className: `state ${state}` }, words) : null;
    return h(
      "li",
      { className: `${kind} ${state}` },
      h("span", { className: "sign" }, icon(sign)),
      h("span", { className: "what" }, title),
      h("time", null, at === null ? "" : clockSeconds(at)),
      chip,
      lower,
    );
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

function callRow({ at, method, path, status, code }) {
  const known = CALLS.find(([verb, pattern]) => verb === method && pattern.test(path));
  const short = path.replace(/^\/open-apis\//, "").replace(/\b(o[cmu]_)\w{6,}(\w{4})\b/g, "$1…$2");
  return {
    kind: "call",
    at: at * 1000,
    title: t(known?.[2] ?? "call_other"),
    detail: `${method} ${short}`,
    raw: `${method} ${path}`,
    ...outcome(status, code),
  };
}

function outcome(status, code) {
  if (status === null) return { state: "bad", words: t("cut_off") };
  if (code) return { state: "bad", words: t("code", { code }) };
  return { state: status < 400 ? "good" : "bad", words: String(status) };
}

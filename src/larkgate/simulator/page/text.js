// The text of a message as nodes: mentions stand out, lists are lists.

import { h } from "./dom.js";
import { inline as marked } from "./markdown.js";

const EVERYBODY = ["所有人", "all"];
const REFERENCE = "\\b[A-Z]{2,8}-\\d{4}-\\d{2,8}\\b"; // a work order
const STEP = /^(\d{1,2})[.、)）]\s*(.+)$/;
const BULLET = /^[·•*-]\s+(.+)$/;
const LABEL = /^([\u4e00-\u9fff]{2,6}|[A-Z][a-z]{1,11})[:：]\s*(.*)$/;

/** `{members, me, labels}`: who may be mentioned, who reads, whether `Cause: …` is a heading. */
export function lines(text, options) {
  return text.split("\n").map((line) => drawLine(line, options));
}

function drawLine(line, options) {
  const [, number, step] = line.match(STEP) ?? [];
  if (step) return item(number, step, options);
  const [, bullet] = line.match(BULLET) ?? [];
  if (bullet) return item("·", bullet, options);
  const [, label, rest] = (options.labels && line.match(LABEL)) || [];
  if (label) return h("div", { className: "labelled" }, h("b", null, label), inline(rest, options));
  return h("div", null, line ? inline(line, options) : h("br"));
}

function item(mark, text, options) {
  const number = h("span", { className: mark === "·" ? "bullet" : "number" }, mark);
  return h("div", { className: "item" }, number, h("span", null, inline(text, options)));
}

const inline = (text, options) =>
  marked(text, { ...options, plain: (words) => withMentions(words, options) });

/** Members by name stand out, and so do the numbers of work orders. */
export function withMentions(text, { members = [], me }) {
  return text.split(pattern(members)).map((piece, index) => {
    if (index % 2 === 0) return piece;
    if (!piece.startsWith("@")) return h("code", null, piece);
    const name = piece.slice(1);
    const mine = name === me || EVERYBODY.includes(name);
    return h("span", { className: mine ? "mention me" : "mention" }, piece);
  });
}

/** The longest first: 王五 is not to be found in @王五六. */
function pattern(names) {
  const known = [...names, ...EVERYBODY].sort((one, other) => other.length - one.length);
  return new RegExp(`(@(?:${known.map(escape).join("|")})|${REFERENCE})`);
}

const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

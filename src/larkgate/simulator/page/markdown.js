// The markdown of cards and posts as nodes. What it does not know stays text; nothing is markup.

import { h } from "./dom.js";

const FENCE = /^\s*```\s*(\S*)\s*$/;
const HEADING = /^(#{1,6})\s+(.*)$/;
const RULE = /^\s*(?:---+|\*\*\*+|<hr\s*\/?>)\s*$/;
const QUOTE = /^\s*>\s?(.*)$/;
const ITEM = /^(\s*)(?:([-*+])|(\d{1,9})[.)])\s+(.*)$/;
const ROW = /^\s*\|.*\|\s*$/;
const DASHES = /^\s*\|[\s:|-]+\|\s*$/;
const COLOURS = ["blue", "green", "red", "orange", "purple", "grey", "turquoise", "yellow"];

// What begins earliest wins; the longer mark stands before the shorter one. What spans lines is
// bounded, or a long text of openings alone would take for ever.
const INLINE = new RegExp(
  [
    "`(?<code>[^`\\n]+)`",
    "!\\[(?<alt>[^\\]\\n]*)\\]\\((?<image>[^)\\s]+)\\)",
    "\\[(?<words>[^\\]\\n]{1,1000})\\]\\((?<href>[^)\\s]+)\\)",
    "\\*\\*\\*(?<both>[^\\n]{1,1000}?)\\*\\*\\*",
    "\\*\\*(?<bold>[^\\n]{1,1000}?)\\*\\*",
    "~~(?<struck>[^\\n]{1,1000}?)~~",
    "(?<![\\w*])[*_](?<italic>[^*_\\n]+?)[*_](?![\\w*])",
    "<at\\s+(?:id|user_id|open_id|email)=[\"']?(?<at>[^\"'>\\s/]+)[\"']?\\s*/?>(?:(?<name>[^<]*)</at>)?",
    "<font\\s+color=[\"']?(?<colour>[\\w-]+)[\"']?\\s*>(?<coloured>[^]{0,1000}?)</font>",
    "<text_tag\\s+color=[\"']?(?<tagged>[\\w-]+)[\"']?\\s*>(?<tag>[^<]*)</text_tag>",
    "<(?<style>b|i|u|s)>(?<styled>[^]{0,1000}?)</\\k<style>>",
    "<(?:link|a)\\s[^>]{0,500}?(?:url|href)=[\"'](?<url>[^\"']+)[\"'][^>]*>(?<link>[^<]*)</(?:link|a)>",
    "(?<bare>https?://[^\\s<>\"'）)】」，。；]+)",
    "(?<break><br\\s*/?>)",
  ].join("|"),
  "g",
);
const STYLES = { b: "b", i: "i", u: "u", s: "s" };

/** Options as of `inline`. */
export function markdown(text, options = {}) {
  const lines = String(text ?? "").replace(/\r\n?/g, "\n").split("\n");
  const blocks = [];
  while (lines.length) blocks.push(block(lines, options));
  return blocks;
}

/** Takes the lines of one block off the front. */
function block(lines, options) {
  const line = lines.shift();
  const fence = line.match(FENCE);
  if (fence) return codeBlock(takeFenced(lines), fence[1]);
  const heading = line.match(HEADING);
  if (heading) {
    const className = `heading level-${heading[1].length}`;
    return h("div", { className, role: "heading" }, inline(heading[2], options));
  }
  if (RULE.test(line)) return h("hr");
  if (QUOTE.test(line)) {
    const quoted = [line, ...takeWhile(lines, (each) => QUOTE.test(each))];
    return h("blockquote", null, markdown(quoted.map((each) => each.match(QUOTE)[1]).join("\n"), options));
  }
  if (ITEM.test(line)) return list([line, ...takeWhile(lines, (each) => ITEM.test(each))], options);
  if (ROW.test(line) && DASHES.test(lines[0] ?? "")) {
    lines.shift();
    return grid(line, takeWhile(lines, (each) => ROW.test(each)), options);
  }
  return h("div", { className: "line" }, line.trim() ? inline(line, options) : h("br"));
}

function takeWhile(lines, wanted) {
  const found = [];
  while (lines.length && wanted(lines[0])) found.push(lines.shift());
  return found;
}

function takeFenced(lines) {
  const code = takeWhile(lines, (line) => !/^\s*```\s*$/.test(line));
  lines.shift();
  return code.join("\n");
}

export function codeBlock(code, language) {
  const name = language ? h("span", { className: "language" }, language.toLowerCase()) : null;
  return h("pre", { tabIndex: 0 }, name, h("code", null, code));
}

function list(lines, options) {
  return h("div", { className: "list" }, lines.map((line) => {
    const [, indent, bullet, number, words] = line.match(ITEM);
    const mark = h("span", { className: bullet ? "bullet" : "number" }, bullet ? "•" : number);
    const item = h("div", { className: "item" }, mark, h("span", null, inline(words, options)));
    item.style.marginLeft = `${Math.min(Math.floor(indent.length / 2), 6) * 12}px`;
    return item;
  }));
}

function grid(head, rows, options) {
  const cells = (line, tag) => {
    const words = line.trim().slice(1, -1).split("|");
    return h("tr", null, words.map((each) => h(tag, null, inline(each.trim(), options))));
  };
  const body = h("tbody", null, rows.map((row) => cells(row, "td")));
  return h("div", { className: "table" }, h("table", null, h("thead", null, cells(head, "th")), body));
}

/**
 * One line. `names` says who an id is, `names[me]` who reads; `image` draws one by its key;
 * `plain` draws what is left.
 */
export function inline(text, options = {}) {
  const nodes = [];
  let end = 0;
  const plain = options.plain ?? ((words) => words);
  for (const found of text.matchAll(INLINE)) {
    if (found.index > end) nodes.push(plain(text.slice(end, found.index)));
    nodes.push(piece(found[0], found.groups, options));
    end = found.index + found[0].length;
  }
  if (end < text.length) nodes.push(plain(text.slice(end)));
  return nodes;
}

function piece(whole, found, options) {
  const more = (words) => inline(words, options);
  if (found.code) return h("code", null, found.code);
  if (found.image) return options.image ? options.image(found.image, found.alt) : found.alt;
  if (found.href) return link(found.href, more(found.words));
  if (found.url) return link(found.url, found.link);
  if (found.bare) return link(found.bare, found.bare);
  if (found.both) return h("b", null, h("i", null, more(found.both)));
  if (found.bold) return h("b", null, more(found.bold));
  if (found.struck) return h("s", null, more(found.struck));
  if (found.italic) return h("i", null, more(found.italic));
  if (found.style) return h(STYLES[found.style], null, more(found.styled));
  if (found.at) return at(found.at, found.name, options);
  if (found.tag) return h("span", { className: `tag ${colour(found.tagged)}` }, found.tag);
  if (found.coloured) {
    return h("span", { className: `ink-${colour(found.colour)}` }, more(found.coloured));
  }
  return found.break ? h("br") : whole;
}

/** Only addresses of the web and of mail; of any other the words stay. */
export function link(address, words) {
  if (!/^(?:https?:\/\/|mailto:)/i.test(address)) return h("span", null, words);
  const properties = { className: "link", href: address, target: "_blank" };
  return h("a", { ...properties, rel: "noopener noreferrer", title: address }, words);
}

export function at(id, name, { names = {}, me, everybody = "all" } = {}) {
  const isAll = id === "all" || id === "@_all";
  const words = isAll ? everybody : (names[id] ?? (name || id));
  const mine = isAll || (me !== undefined && words === me);
  return h("span", { className: mine ? "mention me" : "mention" }, `@${words}`);
}

/** A colour of the platform as one of ours. */
export function colour(name) {
  const known = { neutral: "grey", wathet: "blue", carmine: "red", violet: "purple", indigo: "blue" };
  const plain = String(name ?? "").split("-")[0];
  const ours = { ...known, lime: "green", default: "grey", gray: "grey" }[plain] ?? plain;
  return COLOURS.includes(ours) ? ours : "grey";
}

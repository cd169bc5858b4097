// What a message holds, by its kind.

import { drawCard } from "./card.js";
import { h, icon } from "./dom.js";
import { at, codeBlock, link, markdown } from "./markdown.js";
import { has, size, t } from "./strings.js";
import { lines, withMentions } from "./text.js";
import { sign } from "./emoji.js";

/**
 * `message` as the simulator shows it; `options` are `{members, me, labels, card}`, `card` what a
 * card needs.
 */
export function drawContent(message, options) {
  const content = parsed(message.content);
  const draw = KINDS[message.kind];
  return draw ? draw(content, message, options) : unknown(message);
}

const KINDS = {
  text: (_, message, options) => h("div", { className: "text" }, lines(message.text, options)),
  post: (content, message, options) => drawPost(content, message, options),
  image: ({ image_key: key }, { files }) => picture(key, files),
  file: ({ file_key: key, file_name: name }, { files }) => fileBox(key, name, files),
  folder: ({ file_name: name }) => h("div", { className: "file" }, icon("file"), h("b", null, name ?? "")),
  audio: ({ file_key: key, duration }, { files }) => player("audio", key, files, duration),
  media: (content, { files }) => player("video", content.file_key, files, content.duration, content),
  sticker: ({ file_key: key }, { files }) => sticker(key, files),
  interactive: (_, message, options) => drawCard(message, options.card),
  merge_forward: (_, message) => forwarded(message),
  share_chat: ({ chat_id: id }, { names }) => contact("people", names?.[id] ?? id),
  share_user: ({ user_id: id }, { names }) => contact("people", names?.[id] ?? id),
  location: ({ name }) => contact("link", name),
};

/** The text of a system message with its names filled in. */
export function systemText({ content, text }) {
  const { template, ...values } = parsed(content);
  if (!template) return text;
  return template.replace(/\{(\w+)\}/g, (_, name) => [values[name] ?? ""].flat().join(t("and")));
}

function parsed(content) {
  try {
    return JSON.parse(content) ?? {};
  } catch {
    return {};
  }
}

const unknown = ({ kind, text }) => {
  const name = has(`kind_${kind}`) ? t(`kind_${kind}`) : t("unknown_kind", { kind });
  return h("div", { className: "unknown" }, text && text !== `[${kind}]` ? text : name);
};

// Posts

function drawPost({ title, content }, message, options) {
  const rows = Array.isArray(content) ? content : [];
  const names = Object.fromEntries(message.mentions.map(({ key, name }) => [key, name]));
  const all = { ...options, names, everybody: t("everybody"), files: message.files };
  const drawn = rows.map((row) => h("div", { className: "row-of-post" }, [row].flat().map((each) => element(each, all))));
  return h("div", { className: "post" }, title ? h("h4", null, title) : null, drawn);
}

function element(part, options) {
  const draw = ELEMENTS[part?.tag];
  return draw ? draw(part, options) : quiet(part?.tag);
}

const ELEMENTS = {
  text: ({ text, style }, options) => styled(withMentions(String(text ?? ""), options), style),
  a: ({ text, href, style }) => styled(link(String(href ?? ""), text ?? href), style),
  at: ({ user_id: id, user_name: name, style }, options) => styled(at(id, name, options), style),
  img: ({ image_key: key }, { files }) => picture(key, files),
  media: (part, { files }) => player("video", part.file_key, files, 0, part),
  emotion: ({ emoji_type: emoji }) => h("span", null, sign(emoji)),
  code_block: ({ text, language }) => codeBlock(String(text ?? ""), language),
  hr: () => h("hr"),
  md: ({ text }, options) => h("div", { className: "markdown" }, markdown(text, options)),
};

const STYLES = { bold: "b", italic: "i", underline: "u", lineThrough: "s" };

function styled(node, styles) {
  const tags = [styles ?? []].flat().map((style) => STYLES[style]).filter(Boolean);
  return tags.reduce((inner, tag) => h(tag, null, inner), node);
}

export const quiet = (tag) => h("div", { className: "unknown" }, `‹${tag ?? "?"}›`);

// Images and files

const address = (key) => `/sim/files/${encodeURIComponent(key)}`;

export function picture(key, files, alt = t("image")) {
  const known = files?.[key];
  if (!known || !known.shown) return h("div", { className: "picture missing", title: key ?? "" }, alt || t("image"));
  const img = h("img", { src: address(key), alt: alt || t("image"), loading: "lazy" });
  const properties = { className: "picture", href: address(key), target: "_blank", rel: "noopener" };
  return h("a", properties, img);
}

function fileBox(key, name, files) {
  const known = files?.[key];
  const words = name || known?.name || key;
  const note = known ? size(known.size) : t("no_file");
  const properties = { href: address(key), download: words, title: t("download", { name: words }) };
  return h(
    known ? "a" : "div",
    { className: "file", ...(known ? properties : {}) },
    h("span", { className: "file-icon" }, icon("file")),
    h("span", null, h("b", null, words), h("small", null, note)),
    known ? icon("download") : null,
  );
}

function player(tag, key, files, duration, { file_name: name, image_key: poster } = {}) {
  const known = files?.[key];
  const seconds = duration ? `${Math.round(duration / 1000)}″` : "";
  if (!known?.shown) {
    const word = t(tag === "audio" ? "kind_audio" : "kind_media");
    return h("div", { className: "played" }, icon("play"), h("span", null, word), h("small", null, seconds),
      known ? fileBox(key, name, files) : null);
  }
  const media = h(tag, { src: address(key), controls: true, preload: "metadata" });
  if (poster && files?.[poster]?.shown) media.poster = address(poster);
  return h("div", { className: "played" }, media, h("small", null, seconds));
}

function sticker(key, files) {
  const known = files?.[key]?.shown;
  return known ? picture(key, files, t("kind_sticker")) : h("div", { className: "sticker", title: key }, sign("SMILE"));
}

const contact = (name, words) =>
  h("div", { className: "file" }, h("span", { className: "file-icon" }, icon(name)), h("b", null, words ?? ""));

function forwarded({ parts }) {
  const lines = parts.map((part) => {
    const words = has(`kind_${part.kind}`) ? t(`kind_${part.kind}`) : part.text;
    return h("div", null, h("b", null, part.sender), ` ${words}`);
  });
  return h("div", { className: "forward" }, h("h4", null, t("forwarded")), lines);
}

// Cards of JSON 1.0 and 2.0: what they look like. What people use on them is in `controls.js`.

import { CONTROLS, doorway } from "./controls.js";
import { h } from "./dom.js";
import { colour, markdown } from "./markdown.js";
import { language, locale, t, words } from "./strings.js";
import { stopTyping, typeOut } from "./typing.js";

const KEPT = 300;
const HEADS = [
  "blue", "wathet", "turquoise", "green", "yellow", "orange", "red",
  "carmine", "violet", "purple", "indigo", "grey",
];
const states = new Map();

/**
 * `context` is `{me, names, files, picture, press, busy}`: `picture(key)` draws an image,
 * `press(action)` tells the bot and gives whether that went well.
 */
export function drawCard(message, context) {
  const card = message.card ?? {};
  const elements = elementsOf(card);
  const header = card.header ?? card.i18n_header?.[language()];
  if (!elements.length && !header) return h("div", { className: "unknown" }, t("kind_interactive"));
  const full = {
    ...context,
    message,
    v2: card.schema === "2.0",
    streams: card.config?.streaming_mode === true ? (card.config.streaming_config ?? {}) : null,
    state: stateOf(message.id),
    count: { value: 0 },
    draw: drawElements,
    text: drawText,
  };
  const head = header ? drawHeader(header, full) : null;
  const body = h("div", { className: "card-body" }, drawElements(elements, full));
  const foot = full.streams ? h("div", { className: "card-foot" }, t("generating")) : null;
  return h("div", { className: "card" }, head, body, foot);
}

/** What was entered and opened on a card survives its being drawn again. */
function stateOf(id) {
  if (!states.has(id)) states.set(id, { values: new Map(), open: new Map(), page: new Map() });
  if (states.size > KEPT) states.delete(states.keys().next().value);
  return states.get(id);
}

function elementsOf(card) {
  const spoken = card.i18n_elements;
  const found = card.body?.elements ?? card.elements ?? spoken?.[language()] ?? spoken?.zh_cn;
  return Array.isArray(found) ? found : [];
}

function drawHeader(header, context) {
  const template = HEADS.includes(header.template) ? header.template : "plain";
  const tags = (header.text_tag_list ?? header.i18n_text_tag_list?.[language()] ?? []).map((tag) =>
    h("span", { className: `tag ${colour(tag.color)}` }, words(tag.text)),
  );
  const title = h("h4", null, drawText(header.title, context));
  const subtitle = header.subtitle ? h("p", null, words(header.subtitle)) : null;
  return h("div", { className: `card-head ${template}` }, h("div", null, title, tags), subtitle);
}

function drawText(text, context) {
  if (typeof text === "object" && ["lark_md", "markdown"].includes(text?.tag)) {
    return h("div", { className: "markdown" }, marked(words(text), context));
  }
  return h("span", { className: "plain" }, words(text));
}

function marked(text, { names, me, picture }) {
  return markdown(text, { names, me, everybody: t("everybody"), image: picture });
}

function drawElements(elements, context) {
  const list = Array.isArray(elements) ? elements : [];
  return list.map((element) => drawElement(element, context));
}

function drawElement(element, context) {
  context.count.value += 1;
  const draw = LAYOUT[element?.tag] ?? CONTROLS[element?.tag];
  return draw ? draw(element, context) : h("div", { className: "unknown" }, `‹${element?.tag ?? "?"}›`);
}

const LAYOUT = {
  markdown: drawMarkdown,
  plain_text: (element, context) => drawStreamed(element, context, "plain", (text) => [text]),
  lark_md: drawText,
  div: drawDiv,
  hr: () => h("hr"),
  img: ({ img_key: key, alt, title }, { picture }) =>
    h("figure", null, picture(key, words(alt)), title ? h("figcaption", null, words(title)) : null),
  img_combination: ({ img_list: list }, { picture }) =>
    h("div", { className: "pictures" }, (list ?? []).map(({ img_key: key }) => picture(key))),
  note: ({ elements }, context) => h("div", { className: "note" }, drawElements(elements, context)),
  action: ({ actions }, context) => h("div", { className: "actions" }, drawElements(actions, context)),
  column_set: drawColumns,
  form: drawForm,
  collapsible_panel: drawPanel,
  interactive_container: drawContainer,
  table: drawTable,
  person: ({ user_id: id }, context) => person(id, context),
  person_list: ({ persons }, context) =>
    h("div", { className: "persons" }, (persons ?? []).map(({ id }) => person(id, context))),
};

const person = (id, { names }) => h("span", { className: "contact" }, names[id] ?? id);

function drawMarkdown(element, context) {
  const className = `markdown ${element.text_align ?? ""} ${element.text_size ?? ""}`;
  return drawStreamed(element, context, className, (text) => marked(text, context));
}

function drawStreamed(element, { streams, message }, className, draw) {
  const node = h("div", { className });
  const key = `${message.id} ${element.element_id}`;
  const fill = (text) => node.replaceChildren(...draw(text));
  if (streams && element.element_id) typeOut(key, words(element), streams, fill);
  else {
    stopTyping(key);
    fill(words(element));
  }
  return node;
}

function drawDiv({ text, fields, extra }, context) {
  const cells = (fields ?? []).map((field) =>
    h("div", { className: field.is_short ? "short" : "long" }, drawText(field.text, context)),
  );
  const left = h("div", null, text ? drawText(text, context) : null,
    cells.length ? h("div", { className: "fields" }, cells) : null);
  const right = extra ? h("div", { className: "extra" }, drawElement(extra, context)) : null;
  return h("div", { className: "div" }, left, right);
}

function drawColumns({ columns, background_style: background }, context) {
  const drawn = (columns ?? []).map((column) => {
    const box = h("div", { className: "column" }, drawElements(column.elements, context));
    const isAuto = column.width === "auto" || /^\d+px$/.test(column.width ?? "");
    box.style.flex = isAuto ? "0 0 auto" : `${Number(column.weight) || 1} 1 0`;
    return box;
  });
  const filled = background && background !== "default" ? "columns filled" : "columns";
  return h("div", { className: filled }, drawn);
}

function drawForm(element, context) {
  const form = { fields: [] };
  const inside = drawElements(element.elements, { ...context, form });
  return h("div", { className: "form", role: "form" }, inside);
}

function drawPanel(element, context) {
  const key = element.element_id ?? `panel ${context.count.value}`;
  const open = context.state.open.get(key) ?? element.expanded === true;
  const summary = h("summary", null, drawText(element.header?.title, context));
  const panel = h("details", { open }, summary, h("div", null, drawElements(element.elements, context)));
  panel.addEventListener("toggle", () => context.state.open.set(key, panel.open));
  return panel;
}

function drawContainer(element, context) {
  const box = h("div", { className: "container" }, drawElements(element.elements, context));
  return doorway(box, element, context);
}

function drawTable({ columns, rows, page_size: size }, { state, count, ...context }) {
  const key = `table ${count.value}`;
  const named = Array.isArray(columns) ? columns : [];
  const all = Array.isArray(rows) ? rows : [];
  const shown = Math.min(Math.max(Number(size) || 5, 1), 10);
  const pages = Math.max(1, Math.ceil(all.length / shown));
  const head = h("tr", null, named.map((each) => h("th", null, each.display_name ?? each.name ?? "")));
  const body = h("tbody");
  const place = h("span");
  const turn = (by) => {
    const page = Math.min(Math.max((state.page.get(key) ?? 0) + by, 0), pages - 1);
    state.page.set(key, page);
    const part = all.slice(page * shown, (page + 1) * shown);
    body.replaceChildren(...part.map((row) => h("tr", null, named.map((each) => cell(row?.[each.name], each, context)))));
    place.textContent = t("page_of", { page: page + 1, pages });
  };
  turn(0);
  const step = (sign, by) => h("button", { type: "button", className: "quiet", onclick: () => turn(by) }, sign);
  const pager = pages > 1 ? h("div", { className: "pager" }, step("‹", -1), place, step("›", 1)) : null;
  return h("div", { className: "table" }, h("table", null, h("thead", null, head), body), pager);
}

function cell(value, { data_type: type }, context) {
  const parts = Array.isArray(value) ? value : [value ?? ""];
  const drawn = parts.map((each) => {
    if (type === "lark_md" || type === "markdown") return marked(String(each), context);
    if (type === "persons" || type === "person") return person(each, context);
    if (type === "date") return new Date(Number(each)).toLocaleDateString(locale());
    if (typeof each === "object" && each) {
      return h("span", { className: `tag ${colour(each.color)}` }, words(each.text ?? each));
    }
    return String(each);
  });
  return h("td", { className: type === "number" ? "figure" : "" }, drawn);
}

// What people use on a card, and what the bot is told when they do (official document
// "卡片回传交互回调").

import { confirm } from "./dialogs.js";
import { h, icon } from "./dom.js";
import { t, words } from "./strings.js";

const ZONE = "+0800";
const TIMES = {
  date_picker: ["date", "initial_date"],
  picker_time: ["time", "initial_time"],
  picker_datetime: ["datetime-local", "initial_datetime"],
};

/** Each draws one element; `context` as in `card.js`, with `form` inside of one. */
export const CONTROLS = {
  button: drawButton,
  select_static: drawSelect,
  select_person: drawSelect,
  multi_select_static: drawMany,
  multi_select_person: drawMany,
  date_picker: drawTime,
  picker_time: drawTime,
  picker_datetime: drawTime,
  input: drawInput,
  checker: drawChecker,
  overflow: drawOverflow,
};

/** What an app gets back: of JSON 2.0 in `behaviors`. */
function valueOf(element) {
  const found = behaviour(element, "callback");
  return found ? found.value : element.value;
}

const behaviour = (element, type) =>
  Array.isArray(element.behaviors) ? element.behaviors.find((each) => each?.type === type) : undefined;

function addressOf(element) {
  const opens = behaviour(element, "open_url");
  const { url, multi_url: several } = element;
  return opens?.default_url ?? opens?.pc_url ?? url ?? several?.url ?? several?.pc_url;
}

function callsBack(element, { v2 }) {
  if (Array.isArray(element.behaviors)) return Boolean(behaviour(element, "callback"));
  return v2 ? false : "value" in element || !addressOf(element);
}

/** Opens its link, tells the bot, or both. */
async function use(element, context, more = {}) {
  const { confirm: question } = element;
  if (question && !(await confirm(words(question.title), words(question.text)))) return;
  const address = addressOf(element);
  if (/^https?:\/\//i.test(address ?? "")) open(address, "_blank", "noopener");
  if (more.form_value || callsBack(element, context)) await tell(element, context, more);
}

function tell(element, { press }, more) {
  const action = { tag: element.tag, name: element.name, value: valueOf(element), ...more };
  const known = Object.entries(action).filter(([, value]) => value !== undefined && value !== "");
  return press(Object.fromEntries(known));
}

/** Makes any box a big button. */
export function doorway(box, element, context) {
  if (element.disabled || !(callsBack(element, context) || addressOf(element))) return box;
  const go = () => use({ ...element, tag: element.tag }, context);
  box.classList.add("pressable");
  box.tabIndex = 0;
  box.setAttribute("role", "button");
  box.onclick = go;
  box.addEventListener("keydown", ({ key }) => key === "Enter" && go());
  return box;
}

function drawButton(element, context) {
  const role = element.form_action_type ?? element.action_type;
  const { form } = context;
  const onclick = async ({ currentTarget: button }) => {
    if (form && /reset$/.test(role)) return form.fields.forEach((field) => field.reset());
    if (!form || !/submit$/.test(role)) return busy(button, use(element, context));
    if (complete(form)) await busy(button, use(element, context, { form_value: gathered(form) }));
  };
  const kind = String(element.type ?? "default").replaceAll("_", "-");
  const properties = { type: "button", className: `button ${kind}`, disabled: element.disabled === true };
  const label = words(element.text) || words(element.hover_tips);
  return h("button", { ...properties, name: element.name ?? "", onclick }, h("span", null, label));
}

async function busy(node, work) {
  node.setAttribute("aria-busy", "true");
  node.classList.add("busy");
  try {
    await work;
  } finally {
    node.removeAttribute("aria-busy");
    node.classList.remove("busy");
  }
}

// Fields: in a form they wait for its button, elsewhere the bot is told at once.

function complete({ fields }) {
  const missing = fields.filter((field) => field.required && isEmpty(field.read()));
  fields.forEach((field) => field.node.classList.toggle("missing", missing.includes(field)));
  missing[0]?.node.querySelector("input, select, textarea, summary")?.focus();
  return missing.length === 0;
}

function gathered({ fields }) {
  const filled = fields.map(({ name, read }) => [name, read()]).filter(([, value]) => !isEmpty(value));
  return Object.fromEntries(filled);
}

/** A list that lies over the card goes when somebody is elsewhere. */
function closeLists({ target, key }) {
  if (key !== undefined && key !== "Escape") return;
  for (const list of document.querySelectorAll(":is(.many, .overflow)[open]")) {
    if (key || !list.contains(target)) list.open = false;
  }
}
document.addEventListener("pointerdown", closeLists);
document.addEventListener("keydown", closeLists);

const isEmpty = (value) => value === "" || (Array.isArray(value) && value.length === 0);

/**
 * A field with its label. `read` gives what the bot gets, `write` shows a value, `action` names
 * what a change tells.
 */
function field(element, context, { input, initial, read, write, action, changes = "change" }) {
  const { form, state, count } = context;
  const key = element.name || element.element_id || `field ${count.value}`;
  write(state.values.get(key) ?? initial);
  const label = element.label ? h("span", { className: "label" }, words(element.label)) : null;
  const star = element.required && label ? h("span", { className: "star", title: t("required") }, "*") : null;
  const node = h(input.matches("details") ? "div" : "label", { className: "field" }, label, star, input);
  input.addEventListener(changes, () => {
    state.values.set(key, read());
    node.classList.remove("missing");
    if (!form) busy(node, use({ ...element, confirm: element.confirm }, asField(context), action(read())));
  });
  const reset = () => {
    state.values.delete(key);
    write(initial);
  };
  form?.fields.push({ name: element.name ?? key, required: element.required === true, read, reset, node });
  return node;
}

/** Without `behaviors` a change of a field is told all the same. */
const asField = (context) => ({ ...context, v2: false });

const named = (element) => ({ name: element.name ?? "", disabled: element.disabled === true });

function optionsOf(element, { names }) {
  const listed = (element.options ?? []).map(({ value, text }) => ({
    value: String(value ?? ""),
    label: words(text) || names[value] || String(value ?? ""),
  }));
  if (listed.length || !element.tag.endsWith("person")) return listed;
  const people = Object.entries(names).filter(([id]) => id.startsWith("ou_"));
  return people.map(([value, label]) => ({ value, label }));
}

function drawSelect(element, context) {
  const options = optionsOf(element, context);
  const first = h("option", { value: "" }, words(element.placeholder) || t("choose"));
  const rest = options.map(({ value, label }) => h("option", { value }, label));
  const input = h("select", named(element), first, rest);
  const index = Number(element.initial_index);
  return field(element, context, {
    input,
    initial: element.initial_option ?? options[index - 1]?.value ?? "",
    read: () => input.value,
    write: (value) => (input.value = value ?? ""),
    action: (option) => ({ option }),
  });
}

function drawMany(element, context) {
  const options = optionsOf(element, context);
  const boxes = options.map(({ value }) => h("input", { type: "checkbox", value }));
  const rows = options.map(({ label }, index) => h("label", null, boxes[index], label));
  const summary = h("summary");
  const input = h("details", { className: "many" }, summary, h("div", null, rows));
  const chosen = () => boxes.filter((box) => box.checked);
  const tellChosen = () => {
    const labels = options.filter((_, index) => boxes[index].checked).map(({ label }) => label);
    summary.textContent = labels.join(t("and")) || words(element.placeholder) || t("choose");
  };
  let before = "";
  input.addEventListener("change", tellChosen);
  input.addEventListener("toggle", () => {
    const now = boxes.map(({ checked }) => checked).join();
    if (!input.open && before !== now) input.dispatchEvent(new Event("chosen"));
    before = now;
  });
  return field(element, context, {
    input,
    initial: element.selected_values ?? [],
    read: () => chosen().map(({ value }) => value),
    write: (values) => {
      boxes.forEach((box) => (box.checked = [values ?? []].flat().includes(box.value)));
      tellChosen();
    },
    action: (values) => ({ options: values }),
    changes: "chosen",
  });
}

function drawTime(element, context) {
  const [type, key] = TIMES[element.tag];
  const input = h("input", { type, ...named(element) });
  return field(element, context, {
    input,
    initial: element[key] ?? "",
    read: () => (input.value ? `${input.value.replace("T", " ")} ${ZONE}` : ""),
    write: (value) => (input.value = String(value ?? "").replace(` ${ZONE}`, "").replace(" ", "T")),
    action: (option) => ({ option }),
  });
}

function drawInput(element, context) {
  const many = element.input_type === "multiline_text";
  const properties = { ...named(element), placeholder: words(element.placeholder) || t("fill_in") };
  const input = many
    ? h("textarea", { ...properties, rows: Math.min(Number(element.rows) || 3, 8) })
    : h("input", { ...properties, type: element.input_type === "password" ? "password" : "text" });
  const longest = Number(element.max_length);
  if (longest > 0) input.maxLength = longest;
  return field(element, context, {
    input,
    initial: element.default_value ?? "",
    read: () => input.value,
    write: (value) => (input.value = value ?? ""),
    action: (text) => ({ input_value: text }),
  });
}

function drawChecker(element, context) {
  const input = h("input", { type: "checkbox", ...named(element) });
  const node = field(element, context, {
    input,
    initial: element.checked === true,
    read: () => input.checked,
    write: (value) => (input.checked = value === true),
    action: (checked) => ({ checked }),
  });
  node.classList.add("checker");
  node.append(context.text(element.text, context));
  return node;
}

function drawOverflow(element, context) {
  const choose = (option) => ({ currentTarget }) => {
    menu.open = false;
    busy(currentTarget, use({ ...element, ...option, tag: "overflow", value: element.value },
      asField(context), { option: String(option.value ?? "") }));
  };
  const buttons = (element.options ?? []).map((option) =>
    h("button", { type: "button", onclick: choose(option) }, words(option.text)),
  );
  const summary = h("summary", { title: t("more"), "aria-label": t("more") }, icon("menu"));
  const menu = h("details", { className: "overflow" }, summary, h("div", null, buttons));
  return menu;
}

// What has to be asked in the middle of something: confirmations, names, members.

import { find, h, iconButton, textButton } from "./dom.js";
import { t } from "./strings.js";
import { toast } from "./toast.js";

/** A modal with a title; gives what its `close(value)` was called with, undefined for Escape. */
export function modal(title, build) {
  return new Promise((resolve) => {
    const dialog = find("dialog");
    let answer;
    const close = (value) => {
      answer = value;
      dialog.close();
    };
    dialog.onclose = () => resolve(answer);
    dialog.onclick = ({ target }) => {
      if (target === dialog) close();
    };
    const head = h("header", null, h("h3", null, title), iconButton("close", t("close"), () => close()));
    dialog.replaceChildren(h("div", { className: "sheet" }, head, build(close)));
    dialog.showModal();
    dialog.querySelector("input, .primary")?.focus();
  });
}

export function confirm(title, text) {
  return modal(title || t("confirm"), (close) =>
    h("div", null, text ? h("p", null, text) : null, buttons(close, t("confirm"), () => close(true))),
  );
}

function buttons(close, words, go) {
  const cancel = textButton(t("cancel"), () => close(), "button");
  return h("div", { className: "buttons" }, cancel, textButton(words, go, "button primary"));
}

/** Asks for one line of text. */
export function askText(title, label, words, value = "") {
  return modal(title, (close) => {
    const input = h("input", { type: "text", value, maxLength: 60, required: true });
    const onsubmit = (event) => {
      event.preventDefault();
      if (input.value.trim()) close(input.value.trim());
    };
    const cancel = textButton(t("cancel"), () => close(), "button");
    const submit = h("button", { className: "button primary" }, words);
    return h("form", { onsubmit }, h("label", { className: "field" }, h("span", { className: "label" }, label), input),
      h("div", { className: "buttons" }, cancel, submit));
  });
}

/** A new group, or a private chat: `{name, topics, members}` or `{bot}`. */
export function askChat({ people, apps }) {
  return modal(t("new_chat"), (close) => {
    const kinds = ["group", "topic_group"].map((kind, index) =>
      h("label", null, h("input", { type: "radio", name: "kind", value: kind, checked: index === 0 }), h("span", null, t(kind))),
    );
    const name = h("input", { type: "text", name: "name", maxLength: 60, required: true });
    const members = [...people, ...apps].map((each) =>
      h("label", null, h("input", { type: "checkbox", name: "member", value: each.id, checked: true }), h("span", null, each.name)),
    );
    const onsubmit = (event) => {
      event.preventDefault();
      const said = new FormData(event.target);
      const topics = said.get("kind") === "topic_group";
      close({ name: said.get("name").trim(), topics, members: said.getAll("member") });
    };
    const privately = apps.map((app) =>
      textButton(t("private_with", { bot: app.name }), () => close({ bot: app.id }), "chip bot"),
    );
    const submit = h("button", { className: "button primary" }, t("create"));
    return h("form", { onsubmit },
      h("div", { className: "chips" }, privately),
      h("div", { className: "choices", role: "radiogroup", "aria-label": t("kind_of_chat") }, kinds),
      h("label", { className: "field" }, h("span", { className: "label" }, t("name")), name),
      h("div", { className: "choices" }, members),
      h("div", { className: "buttons" }, textButton(t("cancel"), () => close(), "button"), submit));
  });
}

/** Ticks for everybody there is; `change(id, isMember)` is called at once and may throw. */
export function askMembers({ people, apps }, chat, change) {
  return modal(t("members_of", { chat: chat.name }), (close) => {
    const rows = [...people, ...apps].map((each) => {
      const checked = chat.members.includes(each.name);
      const onchange = async ({ target }) => {
        try {
          await change(each.id, target.checked);
        } catch (error) {
          target.checked = !target.checked;
          toast(error.message, "error");
        }
      };
      return h("label", null, h("input", { type: "checkbox", checked, onchange }), h("span", null, each.name));
    });
    const done = textButton(t("close"), () => close(), "button primary");
    return h("div", null, h("div", { className: "choices" }, rows), h("div", { className: "buttons" }, done));
  });
}

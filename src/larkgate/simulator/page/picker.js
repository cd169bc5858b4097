// The list of members that opens at "@".

import { h, show } from "./dom.js";
import { avatar, botBadge } from "./people.js";
import { t } from "./strings.js";

const TYPED = /(?:^|[\s\u3000-\u303f\uff00-\uffef\u3400-\u9fff])@([^\s@]{0,20})$/;

export class Picker {
  #entry;
  #list;
  #members = () => [];
  #found = [];
  #active = 0;

  /** `members` gives `{name, bot, hue}` of who can be mentioned, in order. */
  constructor(entry, list, members) {
    this.#entry = entry;
    this.#list = list;
    list.setAttribute("aria-label", t("pick_member"));
    this.#members = members;
    entry.addEventListener("blur", () => this.close());
    this.#list.onmousedown = (event) => event.preventDefault(); // the entry keeps the focus
  }

  get isOpen() {
    return !this.#list.hidden;
  }

  /** Open, narrow or close, by what stands before the caret. */
  follow() {
    const typed = this.#before().match(TYPED)?.[1];
    const start = typed?.toLowerCase();
    const members = start === undefined ? [] : this.#members();
    this.#found = members.filter(({ name }) => name.toLowerCase().includes(start));
    this.#active = 0;
    this.#show();
  }

  close() {
    this.#found = [];
    this.#show();
  }

  /** True for a key that was the list's. */
  press(key) {
    if (!this.isOpen) return false;
    const count = this.#found.length;
    if (key === "Escape") this.close();
    else if (key === "Enter" || key === "Tab") this.#pick(this.#found[this.#active]);
    else if (key === "ArrowDown") this.#active = (this.#active + 1) % count;
    else if (key === "ArrowUp") this.#active = (this.#active + count - 1) % count;
    else return false;
    this.#show();
    return true;
  }

  /** Write "@name " in place of the "@…" before the caret, or at the caret. */
  #pick({ name }) {
    const at = this.#before().lastIndexOf("@");
    this.#entry.setRangeText(`@${name} `, at, this.#entry.selectionStart, "end");
    this.close();
    this.#entry.dispatchEvent(new Event("input", { bubbles: true }));
  }

  #before() {
    return this.#entry.value.slice(0, this.#entry.selectionStart);
  }

  #show() {
    this.#list.hidden = this.#found.length === 0;
    const items = this.#found.map((member, index) => ({
      ...member,
      key: member.name,
      active: index === this.#active,
      badge: member.bot && t("bot"),
    }));
    show(this.#list, items, (item) => this.#draw(item));
    const active = this.#list.querySelector("[aria-selected=true]");
    active?.scrollIntoView({ block: "nearest" });
    if (active) this.#entry.setAttribute("aria-activedescendant", active.id);
    else this.#entry.removeAttribute("aria-activedescendant");
  }

  #draw(item) {
    const { name, bot, active } = item;
    const id = `pick-${this.#list.parentElement.id}-${this.#found.findIndex((member) => member.name === name)}`;
    const properties = { id, role: "option", "aria-selected": String(active) };
    const onclick = () => this.#pick(item);
    return h("li", { ...properties, onclick }, avatar(item), name, bot ? botBadge() : null);
  }
}

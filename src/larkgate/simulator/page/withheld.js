// Events the platform did not push, and why: on the real one there is only silence.

import { find, h, show } from "./dom.js";
import { summary } from "./chats.js";
import { has, locale, t } from "./strings.js";
import { ask } from "./world.js";

const SHOWN = 100;
const WAIT = 300; // ms between looks

export class Withheld {
  #world;
  #reveal;
  #waiting = null;

  constructor(world, reveal) {
    this.#world = world;
    this.#reveal = reveal;
  }

  askSoon() {
    this.#waiting ??= setTimeout(() => {
      this.#waiting = null;
      this.ask();
    }, WAIT);
  }

  async ask() {
    try {
      this.#draw(await ask("/sim/withheld"));
    } catch {
      // the stream notices when the simulator is gone
    }
  }

  #draw(withheld) {
    const newest = withheld.slice(-SHOWN);
    const first = withheld.length - newest.length;
    const rows = newest.map((each, index) => this.#row(each, first + index)).reverse();
    const count = find("withheld-count");
    count.hidden = withheld.length === 0;
    count.textContent = withheld.length > 99 ? "99+" : String(withheld.length);
    find("withheld-empty").hidden = withheld.length > 0;
    show(find("withheld-rows"), rows, (row) => this.#drawRow(row));
  }

  #row({ app_id: appId, event_type: type, reason, scopes, about }, index) {
    const app = this.#world.apps.find(({ id }) => id === appId)?.name ?? appId;
    const key = scopes?.length > 1 ? `reason_${reason}_of` : `reason_${reason}`;
    const words = has(key) ? t(key, { scopes: (scopes ?? []).join(" / ") }) : reason;
    const message = this.#world.message(about);
    const said = message && t("says", { name: message.sender, text: summary(message) });
    const sentence = t("not_pushed", { reason: words });
    return { key: String(index), app, type, about: message && about, said, language: locale(), words: sentence };
  }

  #drawRow({ app, type, words, said, about }) {
    const detail = said
      ? h("button", { type: "button", className: "detail", onclick: () => this.#reveal(about) }, said)
      : null;
    const head = h("div", null, h("b", null, app), h("code", null, type));
    return h("li", null, head, h("p", null, words), detail);
  }
}

// Mistakes to make in the console, and the switches of the platform.

import { find, h } from "./dom.js";
import { t } from "./strings.js";
import { toast } from "./toast.js";
import { ask } from "./world.js";

export class Setup {
  #world;
  #section = find("setup");
  #app = null;
  #mistakes = [];
  #switches = {};

  constructor(world) {
    this.#world = world;
  }

  async ask() {
    try {
      [this.#mistakes, this.#switches] = await Promise.all([ask("/sim/misconfigure"), ask("/sim/switches")]);
      this.#draw();
    } catch {
      // the stream notices when the simulator is gone
    }
  }

  #draw() {
    const mistakes = this.#mistakes.map((mistake) => this.#drawMistake(mistake));
    const switches = Object.entries(this.#switches).map(([name, value]) => this.#drawSwitch(name, value));
    this.#section.replaceChildren(
      h("section", null, h("header", null, h("h3", null, t("misconfigure")), this.#drawApps()),
        h("p", { className: "soft" }, t("misconfigure_note")), h("ul", { className: "mistakes" }, mistakes)),
      h("section", null, h("header", null, h("h3", null, t("switches"))), h("div", { className: "switches" }, switches)),
    );
  }

  #drawApps() {
    const { apps } = this.#world;
    this.#app = apps.find(({ id }) => id === this.#app?.id) ?? apps[0] ?? null;
    if (apps.length < 2) return null;
    const onchange = ({ target }) => (this.#app = apps.find(({ id }) => id === target.value));
    const options = apps.map(({ id, name }) => h("option", { value: id, selected: id === this.#app.id }, name));
    return h("select", { onchange, "aria-label": t("for_app") }, options);
  }

  #drawMistake({ key, sentence }) {
    const onclick = () => this.#do("/sim/misconfigure", { key, app: this.#app?.id }, sentence);
    return h("li", null, h("button", { type: "button", onclick }, h("code", null, key), h("span", null, sentence)));
  }

  /** A tick for yes and no, else the value as JSON. */
  #drawSwitch(name, value) {
    const isTick = typeof value === "boolean";
    const input = isTick
      ? h("input", { type: "checkbox", checked: value })
      : h("input", { type: "text", value: JSON.stringify(value), spellcheck: false });
    input.onchange = () => this.#switch(name, input, isTick);
    return h("label", { title: name }, h("span", null, name.replaceAll("_", " ")), input);
  }

  #switch(name, input, isTick) {
    try {
      this.#do("/sim/switches", { [name]: isTick ? input.checked : JSON.parse(input.value) });
    } catch (error) {
      toast(t("failed", { cause: error.message }), "error");
    }
  }

  async #do(path, body, words) {
    try {
      await ask(path, body);
      if (words) toast(words, "warning");
    } catch (error) {
      toast(t("failed", { cause: error.message }), "error");
    }
    this.ask();
  }
}

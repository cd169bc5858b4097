// Mistakes to make in the console, and the switches of the platform.

import { find, h, textButton } from "./dom.js";
import { locale, t } from "./strings.js";
import { toast } from "./toast.js";
import { ask } from "./world.js";

export class Setup {
  #section = find("setup");
  #apps = [];
  #app = "";
  #right = new Map();
  #mistakes = [];
  #switches = {};

  async ask() {
    try {
      const paths = ["/sim/apps", "/sim/misconfigurations", "/sim/switches"];
      [this.#apps, this.#mistakes, this.#switches] = await Promise.all(paths.map((path) => ask(path)));
    } catch {
      return; // the stream notices when the simulator is gone
    }
    this.#apps.forEach((app) => this.#right.has(app.id) || this.#right.set(app.id, app.in_force));
    if (!this.#apps.some(({ id }) => id === this.#app)) this.#app = this.#apps[0]?.id ?? "";
    this.#draw();
  }

  #draw() {
    const mistakes = this.#mistakes.map((mistake) => this.#drawMistake(mistake));
    const switches = Object.entries(this.#switches).map(([name, value]) => this.#drawSwitch(name, value));
    const right = textButton(t("put_right"), () => this.#putRight(), "button small");
    this.#section.replaceChildren(
      h("section", null, h("header", null, h("h3", null, t("misconfigure")), this.#drawApps(), right),
        h("p", { className: "soft" }, t("misconfigure_note")), h("ul", { className: "mistakes" }, mistakes)),
      h("section", null, h("header", null, h("h3", null, t("switches"))), h("div", { className: "switches" }, switches)),
    );
  }

  #drawApps() {
    if (this.#apps.length < 2) return null;
    const onchange = ({ target }) => (this.#app = target.value);
    const options = this.#apps.map(({ id, name }) => h("option", { value: id, selected: id === this.#app }, name));
    return h("select", { onchange, "aria-label": t("for_app") }, options);
  }

  #drawMistake({ key, ...spoken }) {
    const sentence = spoken[locale() === "en" ? "en" : "zh"];
    const onclick = () => this.#do("/sim/misconfigure", { key, app: this.#app }, sentence);
    return h("li", null, h("button", { type: "button", onclick }, h("code", null, key), h("span", null, sentence)));
  }

  /** As it was when this page first saw it; a secret that was changed stays changed. */
  async #putRight() {
    const { scopes, events, callbacks, event_mode, callback_mode } = this.#right.get(this.#app) ?? {};
    const now = this.#apps.find(({ id }) => id === this.#app)?.console;
    const modes = Object.entries({ event_mode, callback_mode });
    await this.#do(`/sim/apps/${this.#app}`, {
      ...Object.fromEntries(modes.filter(([name, mode]) => mode && mode !== now?.[name])),
      bot: true,
      visible_to: null,
      disabled: false,
      under_review: false,
      allowed_ips: [],
      scopes: { add: scopes ?? [] },
      events: { add: events ?? [] },
      callbacks: { add: callbacks ?? [] },
    });
    await this.#do("/sim/faults", { do: "heal" });
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
    await this.ask();
  }
}

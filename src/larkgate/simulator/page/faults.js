// Faults by one click, and what is in force.

import { find, h, show, textButton } from "./dom.js";
import { locale, t } from "./strings.js";
import { toast } from "./toast.js";
import { ask } from "./world.js";

const API = "/open-apis/*";
const A_WHILE = 15; // seconds: this page comes over the same port
const CATALOGUE = {
  faults_connection: {
    fault_drop: { do: "drop" },
    fault_close: { do: "drop", reset: false },
    fault_silence: { do: "silence" },
    fault_silence_pongs: { do: "silence", pongs: true },
    fault_noise: { do: "garble", kind: "noise" },
    fault_oversized: { do: "garble", kind: "oversized" },
    fault_text: { do: "garble", kind: "text" },
    fault_unknown: { do: "garble", kind: "unknown" },
    fault_refuse: { do: "answer", path: "/ws/v2", status: 403, headers: { "Handshake-Status": "403" } },
    fault_endpoint: { do: "answer", path: "/callback/ws/endpoint", status: 503 },
    fault_black_hole: { do: "black_hole", lasts: A_WHILE },
  },
  faults_calls: {
    fault_slow: { do: "slow", path: API, seconds: 2 },
    fault_hang: { do: "hang", path: API },
    fault_cut: { do: "cut", path: API },
    fault_cut_after: { do: "cut", path: API, after: true },
    fault_503: { do: "answer", path: API, status: 503 },
    fault_503_after: { do: "answer", path: API, status: 503, after: true },
    fault_limit: { do: "answer", path: API, status: 429, code: 99991400, headers: { "x-ogw-ratelimit-reset": "2" } },
    fault_chat_limit: { do: "answer", path: "*/messages*", code: 230020 },
    fault_token: { do: "revoke", path: API },
  },
  faults_pushes: {
    fault_duplicate: { do: "duplicate" },
    fault_delay: { do: "delay", seconds: 3 },
    fault_reorder: { do: "overtake" },
    fault_lose_ack: { do: "lose_ack" },
  },
};
const TIMES = { once: 1, thrice: 3, always: null };
const COUNTED = ["answer", "slow", "hang", "cut", "revoke", "duplicate", "delay", "overtake", "lose_ack"];
const WAIT = 400; // ms between looks

export class Faults {
  #section = find("faults");
  #active = [];
  #times = "once";
  #waiting = null;

  askSoon() {
    this.#waiting ??= setTimeout(() => {
      this.#waiting = null;
      this.ask();
    }, WAIT);
  }

  async ask() {
    try {
      this.#active = await ask("/sim/faults");
      this.draw();
    } catch {
      // the stream notices when the simulator is gone
    }
  }

  draw() {
    const count = find("faults-count");
    count.hidden = this.#active.length === 0;
    count.textContent = String(this.#active.length);
    const groups = Object.keys(CATALOGUE).map((key) => ({ key, language: locale(), times: this.#times }));
    const active = { key: "active", language: locale(), list: this.#active };
    show(this.#section, [active, ...groups], (item) =>
      item.list ? this.#drawActive(item.list) : this.#drawGroup(item.key),
    );
  }

  #drawActive(list) {
    const rows = list.map(({ id, struck, fault }) => {
      const lift = textButton(t("lift"), () => this.#do(`/sim/faults/${id}`, null, "DELETE"), "button small");
      const note = struck ? h("small", null, t("struck", { count: struck })) : null;
      return h("li", null, h("span", null, h("b", null, nameOf(fault)), note), lift);
    });
    const heal = rows.length ? textButton(t("heal"), () => this.#do("/sim/faults", { do: "heal" })) : null;
    const none = rows.length ? null : h("p", { className: "fine" }, t("faults_none"));
    return h("section", { className: "active" },
      h("header", null, h("h3", null, t("faults_active")), heal), none, h("ul", null, rows));
  }

  #drawGroup(key) {
    const buttons = Object.entries(CATALOGUE[key]).map(([name, fault]) =>
      textButton(t(name), () => this.#inject(fault), "chip"),
    );
    const times = key === "faults_calls" ? this.#drawTimes() : null;
    return h("section", null, h("header", null, h("h3", null, t(key)), times), h("div", { className: "chips" }, buttons));
  }

  #drawTimes() {
    const onchange = ({ target }) => (this.#times = target.value);
    const options = Object.keys(TIMES).map((value) => h("option", { value, selected: value === this.#times }, t(value)));
    return h("select", { onchange, "aria-label": t("times_label") }, options);
  }

  #inject(fault) {
    const times = TIMES[this.#times];
    return this.#do("/sim/faults", COUNTED.includes(fault.do) && times ? { ...fault, times } : fault);
  }

  async #do(path, body, method) {
    try {
      await ask(path, body, method);
    } catch (error) {
      toast(t("failed", { cause: error.message }), "error");
    }
    this.ask();
  }
}

/** The name of the button that made it, else what it does. */
function nameOf(fault) {
  const all = Object.values(CATALOGUE).flatMap((group) => Object.entries(group));
  const known = all.find(([, each]) => Object.entries(each).every(([key, value]) => same(fault[key], value)));
  const best = known && all.filter(([, each]) => each.do === fault.do)
    .sort(([, one], [, other]) => fits(other, fault) - fits(one, fault))[0];
  return best ? t(best[0]) : fault.do;
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

const fits = (each, fault) =>
  Object.entries(each).filter(([key, value]) => same(fault[key], value)).length -
  Object.entries(each).filter(([key, value]) => !same(fault[key], value)).length;

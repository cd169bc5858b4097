// The platform beside the chats: its wire, what it withheld, its faults, its set-up.

import { Faults } from "./faults.js";
import { find } from "./dom.js";
import { keep, kept } from "./kept.js";
import { Setup } from "./setup.js";
import { Wire } from "./wire.js";
import { Withheld } from "./withheld.js";

const WIDE = matchMedia("(min-width: 1180px)");
const TABS = ["wire", "withheld", "faults", "setup"];

export class Panel {
  #tabs;
  #tab = "wire";

  /** `reveal` is called with the message a push told of. */
  constructor(world, reveal) {
    this.#tabs = {
      wire: new Wire(world, reveal),
      withheld: new Withheld(world, reveal),
      faults: new Faults(),
      setup: new Setup(),
    };
    for (const name of TABS) {
      find(`tab-${name}`).onclick = () => this.#select(name);
      find(`tab-${name}`).onkeydown = (event) => this.#walk(event, name);
    }
    find("panel-toggle").onclick = () => this.#toggle(!this.#isOpen);
    find("panel-close").onclick = () => this.#toggle(false);
    find("panel").addEventListener("keydown", ({ key }) => key === "Escape" && this.#toggle(false));
  }

  get #isOpen() {
    return document.body.dataset.panel === "open";
  }

  /** As it was left; on a narrow screen closed. */
  start() {
    const open = kept("panel") ? kept("panel") === "open" && WIDE.matches : WIDE.matches;
    this.#select(TABS.includes(kept("tab")) ? kept("tab") : "wire");
    this.#toggle(open, { remember: false });
  }

  /** The wire as it was before this page came. */
  load({ pushes, calls }) {
    const passed = [
      ...pushes.map((push) => ["push", push, push.attempts[0]?.at ?? 0]),
      ...calls.map((call) => ["call", call, call.at]),
    ];
    passed.sort(([, , one], [, , other]) => one - other);
    passed.forEach(([change, what]) => this.heard(change, what));
    this.#tabs.withheld.ask();
    this.#tabs.faults.ask();
    this.#tabs.setup.ask();
  }

  /** One change: a push, a call, a connection. */
  heard(change, what) {
    this.#tabs.wire[change]?.(what);
  }

  clear() {
    this.#tabs.wire.clear();
  }

  translate() {
    this.#tabs.faults.draw();
    this.#tabs.setup.ask();
  }

  show() {
    const isShown = (name) => this.#isOpen && this.#tab === name;
    this.#tabs.wire.show(isShown("wire"));
    this.#tabs.withheld.askSoon();
    this.#tabs.faults.askSoon();
  }

  #select(name) {
    this.#tab = name;
    keep("tab", name);
    for (const each of TABS) {
      find(each).hidden = each !== name;
      find(`tab-${each}`).setAttribute("aria-selected", String(each === name));
      find(`tab-${each}`).tabIndex = each === name ? 0 : -1;
    }
    this.show();
  }

  #walk(event, name) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = TABS[(TABS.indexOf(name) + step + TABS.length) % TABS.length];
    this.#select(next);
    find(`tab-${next}`).focus();
  }

  #toggle(open, { remember = true } = {}) {
    document.body.dataset.panel = open ? "open" : "closed";
    find("panel-toggle").setAttribute("aria-expanded", String(open));
    if (remember) keep("panel", open ? "open" : "closed");
    this.show();
  }
}

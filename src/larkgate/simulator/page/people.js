// Who there is: avatars, and the switch of who speaks.

import { find, h, icon, show } from "./dom.js";
import { t } from "./strings.js";

/** `{name, bot?, group?, hue?}` as a small picture. */
export function avatar({ name, bot, group, hue }) {
  if (bot) return h("span", { className: "avatar bot", "aria-hidden": "true" }, icon("bot"));
  const kind = group ? "group" : `hue-${hue}`;
  const letters = group ? [...name][0] : initials(name);
  return h("span", { className: `avatar ${kind}`, "aria-hidden": "true" }, letters);
}

export const botBadge = () => h("span", { className: "badge" }, t("bot"));

/** The two last signs of a Chinese name, the initials of any other. */
function initials(name) {
  if (/[\u3400-\u9fff]/.test(name)) return [...name].slice(-2).join("");
  return name.split(/\s+/).map((word) => [...word][0]).slice(0, 2).join("").toUpperCase();
}

export function showPeople(world, view, pick) {
  const items = world.people.map((person) => ({
    key: person.id,
    name: person.name,
    hue: world.hue(person.name),
    checked: person.id === view.speaker?.id,
    news: view.hasUnread(person) && t("unread_elsewhere"),
  }));
  show(find("persons"), items, (item) => drawPerson(item, () => pick(world.person(item.name))));
}

function drawPerson({ name, hue, checked, news }, pick) {
  const radio = h("input", { type: "radio", name: "speaker", value: name, checked, onchange: pick });
  const dot = news ? h("span", { className: "dot", role: "img", "aria-label": news }) : null;
  return h("label", { className: "person", title: name }, radio, avatar({ name, hue }), dot, h("span", null, name));
}

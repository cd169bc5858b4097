// The page: a group chat over the simulator's control API.

import { showChats } from "./chats.js";
import { Composer } from "./composer.js";
import { find, h } from "./dom.js";
import { keep, kept } from "./kept.js";
import { Messages } from "./messages.js";
import { avatar, showPeople } from "./people.js";
import { locale, speak, t } from "./strings.js";
import { follow } from "./stream.js";
import { View } from "./view.js";
import { Wire } from "./wire.js";
import { World } from "./world.js";

const WIDE = matchMedia("(min-width: 1180px)");
const TOUCH = matchMedia("(hover: none)");
const READ_ALOUD = 5; // messages that stay in the announcer

const world = new World();
const view = new View(world);
const composer = new Composer(world, view, heard);
const messages = new Messages(world, view, (message) => composer.replyTo(message));
const wire = new Wire(world, reveal);
let pending = false;

/** Draw once for all changes of a moment; also in a background tab, for the title. */
function update() {
  if (pending) return;
  pending = true;
  setTimeout(() => {
    pending = false;
    draw();
  }, 16);
}

function draw() {
  view.markRead();
  showPeople(world, view, speakAs);
  showChats(world, view, open);
  showHead();
  messages.show();
  composer.show();
  wire.show();
}

function showHead() {
  const { chat, speaker } = view;
  if (!chat) return;
  const isPrivate = chat.mode === "p2p";
  const title = world.title(chat, speaker);
  const values = { count: chat.members.length, names: chat.members.join(t("and")) };
  find("head-avatar").replaceChildren(avatar({ name: title, bot: isPrivate, group: !isPrivate }));
  find("chat-name").textContent = title;
  find("chat-note").textContent = t(isPrivate ? "private_note" : "members", values);
  const unread = view.chats().reduce((sum, each) => sum + view.unread(each), 0);
  document.title = `${unread ? `(${unread}) ` : ""}${title} · ${t("title")}`;
}

function open(chat) {
  view.open(chat);
  document.body.dataset.pane = "chat";
  draw();
  if (!TOUCH.matches) composer.focus();
}

function speakAs(person) {
  view.speakAs(person);
  draw();
}

function reveal(id) {
  const { chat_id: chat } = world.message(id);
  open(world.chats.get(chat));
  messages.reveal(id);
}

/** A message, from the stream or as the answer to saying it: whichever comes first. */
function heard(message) {
  const isNew = world.keepMessage(message);
  if (isNew && message.chat_id === view.chat?.id && message.sender !== view.speaker?.name) {
    announce(t("says", { name: message.sender, text: message.text }));
  }
  update();
}

function announce(text) {
  const announcer = find("announcer");
  announcer.append(h("p", null, text));
  while (announcer.children.length > READ_ALOUD) announcer.firstElementChild.remove();
}

/** At the start, after a gap, and when a chat is new. */
async function load() {
  const pushes = await world.load();
  pushes.forEach((push) => wire.push(push));
  view.settle();
  setOnline(true);
  draw();
}

function apply({ change, ...changed }) {
  const what = changed[change];
  if (change === "message") {
    heard(what);
    if (!world.chats.has(what.chat_id)) load().catch(lost);
  } else {
    if (change === "push") world.keepPush(what);
    wire[change]?.(what);
    update();
  }
}

/** Another simulator may come in its place, so nothing of this one's wire is kept. */
function lost() {
  setOnline(false);
  wire.clear();
}

function setOnline(online) {
  const notice = find("notice");
  notice.hidden = online;
  notice.textContent = online ? "" : t("gone");
  composer.setOnline(online);
}

function switchLanguage(language) {
  speak(language);
  if (!find("notice").hidden) setOnline(false);
  draw();
}

find("language").onclick = () => {
  const other = locale() === "en" ? "zh-CN" : "en";
  keep("language", other);
  switchLanguage(other);
};
find("back").onclick = () => (document.body.dataset.pane = "list");
find("wire").onkeydown = ({ key }) => key === "Escape" && wire.toggle(false);
document.addEventListener("visibilitychange", update);
addEventListener("hashchange", () => {
  view.settle();
  draw();
});

speak(kept("language") ?? navigator.language);
wire.toggle(kept("wire") ? kept("wire") === "open" && WIDE.matches : WIDE.matches, { remember: false });
follow({ load, apply, lost });

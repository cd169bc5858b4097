// The page: chats, threads and the platform behind them, over the simulator's control API.

import { showChats } from "./chats.js";
import { Composer } from "./composer.js";
import { askChat, askMembers, askText } from "./dialogs.js";
import { find, h } from "./dom.js";
import { keep, kept } from "./kept.js";
import { Messages } from "./messages.js";
import { Panel } from "./panel.js";
import { avatar, showPeople } from "./people.js";
import { actsOn } from "./acts.js";
import { locale, speak, t } from "./strings.js";
import { follow } from "./stream.js";
import { startTheme } from "./theme.js";
import { ThreadPane } from "./thread.js";
import { toast } from "./toast.js";
import { View } from "./view.js";
import { showWelcome } from "./welcome.js";
import { ask, isReply, World } from "./world.js";

const TOUCH = matchMedia("(hover: none)");
const READ_ALOUD = 5; // messages that stay in the announcer

const world = new World();
const view = new View(world);
const acts = actsOn(world, view, heard, {
  openThread: (id) => thread.open(world.message(id)).catch(complain),
  update,
});
const composer = new Composer(find("composer"), world, view, place, heard);
const own = {
  ...acts,
  reply: (id) => (view.chat.mode === "topic" ? acts.openThread(id) : composer.replyTo(world.message(id))),
  edit: (id) => composer.edit(world.message(id)),
};
const parts = { scroller: find("scroller"), list: find("messages"), latest: find("latest") };
const messages = new Messages(world, view, own, parts, source);
const thread = new ThreadPane(world, view, acts, heard);
const panel = new Panel(world, reveal);
let pending = false;
let took = 0; // ms to draw the last time
let telling = null; // the bot that its message was read

function place() {
  const { chat } = view;
  return chat && { key: chat.id, chat, thread: null };
}

function source() {
  const { chat } = view;
  if (!chat) return null;
  const more = chat.complete || !chat.loaded ? null : () => world.earlier(chat).then(update, complain);
  return { of: chat.id, chat, messages: chat.messages, more, inThread: false };
}

/**
 * Draw once for all changes of a moment, with time between for whoever uses the page; also in a
 * background tab, for the title.
 */
function update() {
  if (pending) return;
  pending = true;
  setTimeout(() => {
    pending = false;
    const began = performance.now();
    draw();
    took = performance.now() - began;
  }, Math.max(16, 2 * took));
}

function draw() {
  if (view.markRead()) tellRead();
  showPeople(world, view, speakAs);
  showChats(world, view, open);
  if (view.chat) showChat();
  panel.show();
}

function showChat() {
  world.open(view.chat).then((fresh) => fresh && update(), complain);
  showHead();
  if (messages.isFollowing) world.trim(view.chat);
  messages.show();
  composer.show();
  thread.show(view.chat);
  showWelcome(world, view, composer.isEmpty, (text) => composer.suggest(text));
}

function showHead() {
  const { chat, speaker } = view;
  const isPrivate = chat.mode === "p2p";
  const title = world.title(chat, speaker);
  const values = { count: chat.members.length, names: chat.members.join(t("and")) };
  find("head-avatar").replaceChildren(avatar({ name: title, bot: isPrivate, group: !isPrivate }));
  find("chat-name").textContent = title;
  find("chat-name").title = title;
  find("chat-note").textContent = t(isPrivate ? "private_note" : "members", values);
  find("members").hidden = isPrivate;
  find("bot-menu").hidden = !isPrivate;
  const unread = view.chats().reduce((sum, each) => sum + view.unread(each), 0);
  document.title = `${unread ? `(${unread}) ` : ""}${title} · ${t("title")}`;
}

function open(chat) {
  view.open(chat);
  document.body.dataset.pane = "chat";
  if (chat.mode === "p2p") enter(chat);
  draw();
  if (!TOUCH.matches) composer.focus();
}

/** As on the platform, the bot hears that somebody has opened its private chat. */
function enter(chat) {
  const app = world.apps.find(({ name }) => chat.members.includes(name));
  if (app) ask("/sim/enter", { app: app.id, as: view.speaker.id }).catch(complain);
}

/** What is in sight has been read: the bot's messages show it. */
function tellRead() {
  const { chat, speaker } = view;
  const isNew = (message) => message.is_bot && !message.recalled && !message.readers.includes(speaker.name);
  if (telling || !chat.messages.some(isNew)) return;
  telling = ask("/sim/read", { chat: chat.id, as: speaker.id }).catch(complain).finally(() => (telling = null));
}

function speakAs(person) {
  view.speakAs(person);
  draw();
}

async function reveal(id) {
  const message = world.message(id) ?? (await world.fetch(id));
  open(world.chats.get(message.chat_id));
  if (isReply(message)) acts.openThread(message.root);
  else await messages.reveal(id);
}

/** A message, from the stream or as the answer to an act: whichever comes first. */
function heard(message) {
  const isNew = world.keepMessage(message);
  thread.heard(world.message(message.id) ?? message);
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

const complain = (error) => toast(t("failed", { cause: error.message }), "error");

/** At the start, and after a gap. */
async function load() {
  panel.load(await world.load());
  thread.close();
  view.settle();
  setOnline(true);
  draw();
}

/** Somebody or some chat is new or has changed. */
function refresh() {
  world.refresh().then(() => {
    view.settle();
    update();
  }, complain);
}

function apply({ change, ...changed }) {
  const what = changed[change];
  if (change === "message") {
    if (world.chats.has(what.chat_id)) heard(what);
    else refresh();
  } else if (change === "chat" || change === "person") {
    refresh();
  } else {
    if (change === "push") world.keepPush(what);
    panel.heard(change, what);
    update();
  }
}

/** Another simulator may come in its place, so nothing of this one's wire is kept. */
function lost() {
  setOnline(false);
  panel.clear();
}

function setOnline(online) {
  const notice = find("notice");
  notice.hidden = online;
  notice.textContent = online ? "" : t("gone");
  composer.setOnline(online);
  thread.setOnline(online);
}

function switchLanguage(language) {
  speak(language);
  if (!find("notice").hidden) setOnline(false);
  panel.translate();
  draw();
}

async function addPerson() {
  const name = await askText(t("new_person"), t("name"), t("create"));
  if (name) await ask("/sim/people", { name });
}

async function addChat() {
  const asked = await askChat(world);
  if (!asked) return;
  const { bot, ...group } = asked;
  const chat = bot
    ? await ask("/sim/enter", { app: bot, as: view.speaker.id })
    : await ask("/sim/groups", group);
  await world.refresh();
  open(world.chats.get(chat.id));
}

async function changeMembers() {
  const { chat, speaker } = view;
  await askMembers(world, chat, (who, isMember) =>
    ask("/sim/members", { chat: chat.id, as: speaker.id, who, remove: !isMember }),
  );
}

async function pressMenu() {
  const { chat, speaker } = view;
  const key = await askText(t("menu_event"), t("menu_key"), t("push_menu"), "help");
  const app = world.apps.find(({ name }) => chat.members.includes(name));
  if (key) await ask("/sim/menu", { app: app.id, as: speaker.id, event_key: key });
}

/** Files dropped on a chat or a thread are sent there. */
function acceptDrops(area, upload) {
  const hasFiles = ({ dataTransfer }) => dataTransfer?.types.includes("Files");
  area.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    area.dataset.drop = t("drop");
  });
  area.addEventListener("dragleave", ({ relatedTarget }) => {
    if (!area.contains(relatedTarget)) delete area.dataset.drop;
  });
  area.addEventListener("drop", (event) => {
    delete area.dataset.drop;
    if (!hasFiles(event)) return;
    event.preventDefault();
    upload(event.dataTransfer.files);
  });
}

const asked = (act) => () => act().catch(complain);

find("language").onclick = () => {
  const other = locale() === "en" ? "zh-CN" : "en";
  keep("language", other);
  switchLanguage(other);
};
find("back").onclick = () => (document.body.dataset.pane = "list");
find("new-person").onclick = asked(addPerson);
find("new-chat").onclick = asked(addChat);
find("members").onclick = asked(changeMembers);
find("bot-menu").onclick = asked(pressMenu);
find("composer").addEventListener("written", () => update());
document.addEventListener("visibilitychange", update);
acceptDrops(document.querySelector("main"), (files) => composer.upload(files));
acceptDrops(find("thread"), (files) => thread.upload(files));
addEventListener("hashchange", () => {
  view.settle();
  draw();
});

startTheme();
speak(kept("language") ?? navigator.language);
panel.start();
follow({ load, apply, lost });

// Every string of the page: Chinese, English. `{name}` is filled in.

import { find, icon } from "./dom.js";

const STRINGS = {
  title: ["飞书模拟平台", "Feishu simulator"],
  other_language: ["English", "中文"],
  speak_as: ["以谁的身份发言", "Speak as"],
  chats: ["会话", "Chats"],
  back: ["返回会话列表", "Back to the chats"],
  messages: ["消息", "Messages"],
  latest: ["最新消息", "Latest"],
  earlier: ["更早的 {count} 条消息", "{count} earlier messages"],
  today: ["今天", "Today"],
  bot: ["机器人", "Bot"],
  private: ["私聊", "Private"],
  private_note: ["只有 {names} 看得到", "Only {names} can see this"],
  members: ["{count} 位成员：{names}", "{count} members: {names}"],
  and: ["、", ", "],
  nothing_yet: ["还没有消息", "No messages yet"],
  unread: ["{count} 条未读", "{count} unread"],
  unread_elsewhere: ["私聊里有未读消息", "has unread private messages"],
  recalled: ["{name} 撤回了一条消息", "{name} recalled a message"],
  edited: ["已编辑", "edited"],
  reply: ["回复", "Reply"],
  replying: ["回复 {name}：{text}", "Replying to {name}: {text}"],
  stop_replying: ["不再回复这条", "Do not reply to this"],
  in_reply_to: ["回复 {name}", "In reply to {name}"],
  says: ["{name}：{text}", "{name}: {text}"],
  everybody: ["所有人", "all"],
  kind_image: ["[图片]", "[image]"],
  kind_file: ["[文件]", "[file]"],
  kind_audio: ["[语音]", "[audio]"],
  kind_media: ["[视频]", "[video]"],
  kind_sticker: ["[表情]", "[sticker]"],
  kind_interactive: ["[卡片]", "[card]"],

  welcome: ["向 {bot} 提问", "Ask {bot}"],
  welcome_group: [
    "群里 @{bot}，它就会收到。每个人的对话各是各的，换一个人试试。",
    "Mention @{bot} and it will get your message. Each person has a conversation of their own: try another one.",
  ],
  welcome_private: ["私聊里不用 @，直接说就行。", "No need to mention anybody here: just write."],
  welcome_nobody: ["这里还没有消息", "Nothing here yet"],
  suggestions: ["可以这样问", "Suggested questions"],
  ask_1: ["车辆无法连接网络怎么办", "My car cannot connect to the network"],
  ask_2: ["APP 远程控制失败", "Remote control from the app fails"],
  ask_3: ["松墨 E60 OTA 升级下载卡住不动", "OTA download stuck"],
  ask_more: ["还有其他方法吗", "other ways?"],

  entry: ["消息", "Message"],
  placeholder: ["以 {person} 的身份发给 {chat}", "Message {chat} as {person}"],
  mention: ["提及成员", "Mention a member"],
  pick_member: ["选择要提及的成员", "Pick a member to mention"],
  send: ["发送", "Send"],
  keys: ["Enter 发送，Shift+Enter 换行", "Enter sends, Shift+Enter starts a line"],
  not_mentioned: ["没有 @{bot}，它收不到这条", "Without @{bot} the bot will not get this"],
  failed: ["没有发出去：{cause}", "Not sent: {cause}"],
  gone: [
    "模拟平台没有响应，可能已经停止；正在重新连接…",
    "The simulator does not answer; it may have been stopped. Reconnecting…",
  ],

  mark_acked: ["机器人已确认收到，用时 {time}", "The bot acknowledged this in {time}"],
  mark_waiting: ["已推送，等待机器人确认", "Pushed, waiting for the bot's acknowledgement"],
  mark_late: ["机器人没有及时确认，稍后会重推", "Not acknowledged in time; will be pushed again"],
  mark_refused: ["机器人答复 {code}，稍后会重推", "The bot answered {code}; will be pushed again"],
  mark_nobody: [
    "没有机器人连着，稍后会重推",
    "No bot is connected; will be pushed again",
  ],
  mark_lost: ["推送多次未被确认，已放弃", "Never acknowledged; given up"],

  wire: ["通信", "Wire"],
  wire_empty: [
    "机器人和平台之间的推送、确认和接口调用会显示在这里。",
    "Pushes, acknowledgements and API calls between bot and platform show up here.",
  ],
  close: ["关闭", "Close"],
  clear: ["清空", "Clear"],
  figure_pushes: ["推送", "Pushes"],
  figure_acked: ["确认（中位）", "Ack (median)"],
  figure_open: ["待确认", "Unacked"],
  push_message: ["推送：收到消息", "Push: message"],
  push_recall: ["推送：消息被撤回", "Push: recall"],
  push_other: ["推送", "Push"],
  state_acked: ["确认 {time}", "ack {time}"],
  state_waiting: ["等待确认", "waiting"],
  state_late: ["超时，待重推", "late, again soon"],
  state_refused: ["{code}，待重推", "{code}, again soon"],
  state_nobody: ["无连接，待重推", "no connection"],
  state_lost: ["已放弃", "given up"],
  attempt: ["第 {count} 次", "attempt {count}"],
  call_token: ["获取访问令牌", "Get access token"],
  call_bot: ["获取机器人信息", "Get bot info"],
  call_send: ["发送消息", "Send message"],
  call_reply: ["回复消息", "Reply to message"],
  call_get: ["读取消息", "Read message"],
  call_edit: ["编辑消息", "Edit message"],
  call_recall: ["撤回消息", "Recall message"],
  call_endpoint: ["获取长连接地址", "Get long-connection address"],
  call_socket: ["建立长连接", "Open long connection"],
  call_other: ["接口调用", "API call"],
  code: ["错误码 {code}", "code {code}"],
  cut_off: ["连接断开", "cut off"],
  connection_opened: ["长连接已建立", "Long connection opened"],
  connection_closed: ["长连接已断开", "Long connection closed"],
};

let column = 0;

export const locale = () => (column === 0 ? "zh-CN" : "en");

/** The string of this key in the language in use. */
export function t(key, values = {}) {
  return STRINGS[key][column].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export const has = (key) => key in STRINGS;

/** `zh…` is Chinese, anything else English; fills in the strings and icons of the markup. */
export function speak(language) {
  column = /^zh\b/i.test(language) ? 0 : 1;
  document.documentElement.lang = locale();
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = t(element.dataset.text);
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", t(element.dataset.label));
    if (element.matches("button")) element.title = t(element.dataset.label);
  }
  for (const element of document.querySelectorAll("[data-icon]:not(:has(> .icon))")) {
    element.prepend(icon(element.dataset.icon));
  }
  find("language").textContent = t("other_language");
}

const format = (options) => (milliseconds) =>
  new Intl.DateTimeFormat(locale(), { hourCycle: "h23", ...options }).format(milliseconds);

export const clock = format({ hour: "2-digit", minute: "2-digit" });
export const clockSeconds = format({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
export const day = format({ month: "short", day: "numeric" });
export const sameDay = (one, other) => new Date(one).toDateString() === new Date(other).toDateString();

/** `4.9 ms`, `120 ms`, `2.1 s`. */
export function duration(milliseconds) {
  if (milliseconds < 9.95) return `${milliseconds.toFixed(1)} ms`;
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

// The official SDK for Node.js as a program that does what it is told: a line of JSON each way.
// It is found where the first argument says.

import { createReadStream, mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const lark = createRequire(join(process.argv[2], "nowhere.js"))("@larksuiteoapi/node-sdk");
const logger = Object.fromEntries(
  ["error", "warn", "info", "debug", "trace"].map((level) => [level, () => {}]),
);
const events = [
  "im.message.receive_v1",
  "im.message.recalled_v1",
  "im.message.message_read_v1",
  "im.message.reaction.created_v1",
  "im.message.reaction.deleted_v1",
  "im.chat.member.bot.added_v1",
  "im.chat.member.bot.deleted_v1",
  "im.chat.access_event.bot_p2p_chat_entered_v1",
  "application.bot.menu_v6",
];
const callbacks = ["card.action.trigger", "url.preview.get"];
const clients = new Map();
const answers = {};
let seen = [];

// What the webhook adapter cannot decrypt it neither answers nor catches.
process.on("unhandledRejection", () => {});

const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

function sdk({ app_id: appId, app_secret: appSecret, domain }) {
  return { appId, appSecret, domain, logger };
}

function client(account) {
  const key = JSON.stringify(account);
  if (!clients.has(key)) clients.set(key, new lark.Client(sdk(account)));
  return clients.get(key);
}

function dispatcher(encryptKey, verificationToken) {
  const handles = {};
  for (const type of [...events, ...callbacks])
    handles[type] = (event) => {
      seen.push({ type, event });
      return callbacks.includes(type) ? (answers[type] ?? {}) : undefined;
    };
  return new lark.EventDispatcher({ encryptKey, verificationToken, logger }).register(handles);
}

function upload(body, file) {
  const content = join(mkdtempSync(join(tmpdir(), "conformance-")), "upload.bin");
  writeFileSync(content, Buffer.from(file, "base64"));
  return { ...body, ["image_type" in body ? "image" : "file"]: createReadStream(content) };
}

async function binary(answer) {
  const pieces = [];
  for await (const piece of answer.getReadableStream()) pieces.push(piece);
  return { code: 0, content: Buffer.concat(pieces).toString("base64"), headers: answer.headers };
}

const commands = {
  async call({ account, api, path, query, body, file }) {
    const data = file ? upload(body, file) : body;
    try {
      const answer = await typed(client(account), api, { path, params: query, data });
      if (answer.getReadableStream) return await binary(answer);
      return { headers: {}, ...("code" in answer ? answer : { code: 0, data: answer }) }; // uploads
    } catch (error) {
      if (!error.response) throw error;
      const { status, headers, data: found } = error.response;
      return { status, headers: { ...headers }, ...(await readable(found)) };
    }
  },
  link({ account }) {
    new lark.WSClient(sdk(account)).start({ eventDispatcher: dispatcher() });
  },
  answer({ to, with_ }) {
    answers[to] = with_;
  },
  received() {
    const found = seen;
    seen = [];
    return found;
  },
  listen({ encrypt_key, verification_token }) {
    const known = dispatcher(encrypt_key, verification_token);
    const server = createServer(lark.adaptDefault("/webhook", known, { autoChallenge: true }));
    return new Promise((done) => {
      server.listen(0, "127.0.0.1", () => done(`http://127.0.0.1:${server.address().port}/webhook`));
    });
  },
};

function typed(called, api, payload) {
  if (api.includes(" ")) {
    const [method, url] = api.split(" ");
    return called.request({ method, url, data: payload.data, params: payload.params });
  }
  return api.split(".").map(camel).reduce((found, name) => found[name], called)(payload);
}

async function readable(found) {
  if (!found?.[Symbol.asyncIterator]) return found;
  const pieces = [];
  for await (const piece of found) pieces.push(piece);
  return JSON.parse(Buffer.concat(pieces).toString());
}

for await (const line of createInterface({ input: process.stdin })) {
  const { do: wish, ...about } = JSON.parse(line);
  let done;
  try {
    done = { done: (await commands[wish](about)) ?? null };
  } catch (error) {
    done = { failed: `${error.name}: ${error.message}` };
  }
  process.stdout.write(`${JSON.stringify(done)}\n`);
}
process.exit();

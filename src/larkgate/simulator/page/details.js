// What one row of the wire holds when it is opened: bodies as they passed, one below the other.

import { h, textButton } from "./dom.js";
import { duration, size, t } from "./strings.js";
import { ask } from "./world.js";

/** The parts of a row, each `{label, text}`, from the simulator, which keeps the last of them. */
export async function detailsOf({ event, call, ...rest }) {
  if (event) return pushParts(await ask(`/sim/pushes/${event}`));
  if (call) return callParts(call, await ask(`/sim/calls/${call.log_id}`).catch(() => null));
  return [{ label: "", text: pretty(rest) }];
}

/** `reveal`, if given, shows the message that a push told of. */
export function drawDetails(parts, reveal) {
  const jump = reveal ? textButton(t("show_message"), reveal, "link") : null;
  const blocks = parts.map(({ label, text }) => [
    label ? h("h4", null, label) : null,
    text ? h("pre", { tabIndex: 0 }, text) : null,
  ]);
  return h("div", { className: "more" }, jump, blocks);
}

function pushParts({ payload, answer, attempts, ...push }) {
  const answers = attempts.map((each, at) => ({
    label: attemptLabel(each),
    text: answer !== null && at === acknowledgedBy(push, attempts) ? pretty(answer) : "",
  }));
  return [{ label: t("part_push", { type: push.event_type }), text: pretty(payload) }, ...answers];
}

const acknowledgedBy = ({ acked_at }, attempts) => attempts.findIndex((each) => each.acked_at === acked_at);

function attemptLabel({ at, code, acked_at, connection }) {
  const values = { code, connection, time: acked_at === null ? "" : duration((acked_at - at) * 1000) };
  if (connection === null) return t("attempt_nobody");
  return t(acked_at === null ? "attempt_silent" : "attempt_acked", values);
}

function callParts(call, exchange) {
  const query = exchange?.query ? `?${exchange.query}` : "";
  const asked = { label: `${call.method} ${call.path}${query}`, text: body(exchange?.request) };
  const status = call.status ?? t("under_way");
  return [asked, { label: t("part_answer", { status }), text: body(exchange?.answer) }];
}

/** Cut where the simulator cut it; of a picture only how large it is. */
function body(part) {
  if (!part?.size) return "";
  if (!part.text) return `‹${part.type}, ${size(part.size)}›`;
  try {
    return pretty(JSON.parse(part.text));
  } catch {
    return part.size > part.text.length ? `${part.text}\n‹${size(part.size)}›` : part.text;
  }
}

const pretty = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));

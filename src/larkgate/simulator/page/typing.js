// Text that a bot streams is typed out, as the platform's clients do.

const STILL = matchMedia("(prefers-reduced-motion: reduce)");
const KEPT = 500;
const texts = new Map();

/**
 * Show `target` by `draw(words)`, from where the text of this key stood; at once if it does not go
 * on from there. `settings` is the card's `streaming_config`.
 */
export function typeOut(key, target, settings, draw) {
  const text = texts.get(key) ?? { target: "", shown: target.length };
  const goesOn = target.startsWith(text.target) && !STILL.matches;
  const flushes = settings?.print_strategy !== "delay";
  if (!goesOn) text.shown = target.length;
  else if (flushes && target !== text.target) text.shown = Math.max(text.shown, text.target.length);
  if (!texts.has(key)) text.shown = target.length;
  Object.assign(text, { target, draw, step: step(settings), every: every(settings) });
  texts.set(key, text);
  if (texts.size > KEPT) texts.delete(texts.keys().next().value);
  draw(part(text));
  run(text);
}

/** What was begun may be forgotten when the card stops streaming. */
export const stopTyping = (key) => texts.delete(key);

function run(text) {
  if (text.timer || text.shown >= text.target.length) return;
  text.timer = setTimeout(() => {
    text.timer = null;
    text.shown = Math.min(text.shown + text.step, text.target.length);
    text.draw(part(text));
    run(text);
  }, text.every);
}

/** Never half of a sign that takes two units. */
function part({ target, shown }) {
  const last = target.charCodeAt(shown - 1);
  return target.slice(0, last >= 0xd800 && last < 0xdc00 ? shown + 1 : shown);
}

const every = (settings) => Math.max(10, Number(settings?.print_frequency_ms?.default) || 70);
const step = (settings) => Math.max(1, Number(settings?.print_step?.default) || 1);

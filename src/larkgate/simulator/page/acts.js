// What a reader does with messages and cards; both panes have the same.

import { picture } from "./content.js";
import { has, language, t } from "./strings.js";
import { toast } from "./toast.js";
import { ask } from "./world.js";

/** `heard` is called with each changed message; `openThread` and `update` are the page's. */
export function actsOn(world, view, heard, { openThread, update }) {
  const fetching = new Set();
  const complain = (error) => toast(t("failed", { cause: error.message }), "error");
  const as = () => view.speaker.id;
  const act = (path, body) => ask(path, { as: as(), ...body }).then(heard, complain);

  /** A quoted message that is further up than this page. */
  function fetch(id) {
    if (fetching.has(id)) return;
    fetching.add(id);
    world.fetch(id).then(update, () => {});
  }

  /** What a card needs; see `card.js`. */
  function card({ id, names, files }, me) {
    const press = async (action) => {
      try {
        show(await ask("/sim/click", { card: id, as: as(), ...action }));
      } catch (error) {
        complain(error);
      }
    };
    return { me, names, files, press, picture: (key, alt) => picture(key, files, alt) };
  }

  return {
    openThread,
    fetch,
    card,
    react: (message, emoji, remove = false) => act("/sim/react", { message, emoji, remove }),
    recall: (message) => act("/sim/recall", { message }),
  };
}

/** What who clicked gets to see: the bot's notice, or the number of an error and its meaning. */
function show({ answer, error }) {
  if (error) {
    const key = `error_${error}`;
    toast(t("card_error", { code: error, words: t(has(key) ? key : "error_other") }), "error");
  } else if (answer?.toast) {
    const { content, i18n, type } = answer.toast;
    toast(i18n?.[language()] || content || "", type);
  }
}

// Follows the simulator: loads the world, then applies what changes, and starts again after a gap
// and when another world was loaded.

const AGAIN_AFTER = 500; // ms

/**
 * `load` brings the world up to date and may throw, `apply` takes one change, `lost` is called
 * when the simulator is gone.
 *
 * The stream is opened first and its changes kept until the world is there, so that nothing
 * falls between the two; a change that the world already shows does no harm.
 */
export function follow({ load, apply, lost }) {
  const source = new EventSource("/sim/stream");
  let early = [];
  let ended = false;

  source.onmessage = ({ data }) => {
    if (ended) return;
    const change = JSON.parse(data);
    if (change.change === "world") again(0);
    else if (early) early.push(change);
    else apply(change);
  };
  source.onopen = async () => {
    try {
      await load();
    } catch {
      again();
      return;
    }
    const waiting = early;
    early = null;
    waiting.forEach(apply);
  };
  source.onerror = () => again();

  function again(after = AGAIN_AFTER) {
    if (ended) return;
    ended = true;
    source.close();
    lost();
    setTimeout(() => follow({ load, apply, lost }), after);
  }
}

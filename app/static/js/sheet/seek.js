// The next place with something to look at, also beyond the part of the sheet that is loaded.
import { count } from "./order.js";
import { tileAt } from "./tiles.js";
import { ensure } from "./window.js";

const FAR = 600; // places without anything to look at: what follows is still to be generated

/** Instead of a place: it could not be loaded. */
export const LOST = -1;

// The nearest place whose tile is wanted or not known; null where there is neither. `from` is where the search began.
function near(place, step, wanted, from) {
  for (let at = place + step; at >= 0 && at < count() && Math.abs(at - from) < FAR; at += step) {
    const tile = tileAt(at);
    if (!tile || wanted(tile)) return at;
  }
  return null;
}

/** The place, null, or LOST; a promise of it only where tiles have to be loaded first. */
export function seek(place, step, wanted, from = place) {
  const at = near(place, step, wanted, from);
  return at === null || tileAt(at) ? at : load(at, step, wanted, from);
}

async function load(at, step, wanted, from) {
  return (await ensure(at)) ? seek(at - step, step, wanted, from) : LOST;
}

// The sheet's focus follows the loupe from behind, so that what comes next is loaded before it is stepped to; never in the way
// of a step, and not for each one when they are quick.
import { focusPlace } from "./focus.js";

const PAUSE = 150; // milliseconds between two moves
let timer = null;
let last = 0;
let wanted = null;

function move() {
  timer = null;
  last = performance.now();
  focusPlace(wanted, { dom: false });
}

export function follow(place) {
  wanted = place;
  timer ??= setTimeout(move, Math.max(30, PAUSE - (performance.now() - last)));
}

/** The place is about to be focused for good. */
export function stopFollowing() {
  clearTimeout(timer);
  timer = null;
}

// Remix: the form of a new job, filled like one picture. It shows what that costs; nothing is spent before the form is sent.
import { announce } from "./announce.js";
import { guestOf } from "./guests.js";
import { idOf, mayMark, tileOfPosition } from "./tiles.js";

/** Leads to the form of a new job that is filled like the picture at a position. */
export function remix(position) {
  if (!mayMark || position === null) return;
  const tile = tileOfPosition(position) ?? guestOf(position);
  if (!tile) announce("The picture is not loaded yet");
  else window.location.assign(`${document.getElementById("toolbar").dataset.remixUrl}?like=${idOf(tile)}`);
}

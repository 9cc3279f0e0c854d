// After a mark the focus goes on to the next picture, if the person wants that.
import { recall, remember } from "../preferences.js";
import { announce } from "./announce.js";
import { placeOf } from "./order.js";
import { seek } from "./seek.js";
import { hasPicture } from "./tiles.js";

const button = document.getElementById("auto-advance");
let on = recall("advance") !== "off";

export const advances = () => on;

export function setAdvance(wanted) {
  on = wanted;
  remember("advance", on ? "on" : "off");
  show();
  announce(on ? "Auto-advance on" : "Auto-advance off");
}

function show() {
  if (!button) return;
  button.setAttribute("aria-pressed", String(on));
  button.querySelector("span").textContent = on ? "Auto-advance on" : "Auto-advance off";
}

/**
 * Where to go after a decision: the place of the next picture; after the last one the one before it, never the first. Null where
 * there is none, LOST where it could not be loaded; a promise of these only where tiles have to be loaded first.
 */
export function nextAfter(position) {
  const place = placeOf(position);
  if (!on || place < 0) return null;
  const back = (found) => found ?? seek(place, -1, hasPicture);
  const next = seek(place, 1, hasPicture);
  return next instanceof Promise ? next.then(back) : back(next);
}

show();
button?.addEventListener("click", () => setAdvance(!on));

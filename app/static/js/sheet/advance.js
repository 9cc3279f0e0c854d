// After a mark the focus goes on to the next picture, if the person wants that.
import { recall, remember } from "../preferences.js";
import { announce } from "./announce.js";
import { placeOf } from "./order.js";
import { LOST, seek } from "./seek.js";
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

/** Calls `go` with the place of the next picture; after the last one with the one before it, never with the first. */
export async function advance(position, go) {
  const place = placeOf(position);
  if (!on || place < 0) return;
  const target = (await seek(place, 1, hasPicture)) ?? (await seek(place, -1, hasPicture));
  if (target !== null && target !== LOST) await go(target);
}

show();
button?.addEventListener("click", () => setAdvance(!on));

// After a mark the focus goes on to the next picture, if the person wants that.
import { recall, remember } from "../preferences.js";
import { announce } from "./announce.js";
import { loadMore, neighbour, nextPicture } from "./tiles.js";

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

/** Calls `go` with the next picture; after the last one with the one before it, never with the first. */
export function advance(tile, go) {
  if (!on) return;
  const next = nextPicture(tile);
  if (!next || !neighbour(next, 1)) loadMore();
  const target = next ?? nextPicture(tile, -1);
  if (target) go(target);
}

show();

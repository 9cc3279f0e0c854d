// The whole prompt lies over the sheet while it is read; nothing moves for it. A press elsewhere or Escape closes it.
import { grid } from "./tiles.js";

const opened = () => grid.querySelectorAll(".prompt-text[open]");

/** Closes what is open, except for what an event is about. Answers whether anything was. */
export function closeCaptions(event = null) {
  const others = [...opened()].filter((caption) => !caption.contains(event?.target ?? null));
  for (const caption of others) caption.open = false;
  return others.length > 0;
}

/** Called once by the entry. */
export function start() {
  document.addEventListener("click", closeCaptions);
}

// "12 new ↑": pictures that belong on this sheet since it was opened. They wait until a person lets them in, because they would
// shift what is looked at; then the order is the server's, and the focused picture stays where it is on the screen.
import { announce } from "./announce.js";
import { showToast } from "../toast.js";
import { focusedPlace } from "./focus.js";
import { isGone, isOnSheet, onChanged } from "./order.js";
import { reapply } from "./pending.js";
import { parseRuns } from "./runs.js";
import { grid, tileAt } from "./tiles.js";
import { renew } from "./window.js";

const pill = document.getElementById("new-pill");
const number = new Intl.NumberFormat("en-US");
const waiting = new Set(); // positions

function show() {
  for (const position of waiting) if (isOnSheet(position) || isGone(position)) waiting.delete(position);
  const text = `${number.format(waiting.size)} new ↑`;
  if (!pill || (pill.hidden && !waiting.size)) return;
  if (pill.hidden) announce(`${number.format(waiting.size)} new`);
  pill.hidden = waiting.size === 0;
  const words = pill.querySelector("span");
  if (waiting.size && words.textContent !== text) words.textContent = text;
}

/** Runs of positions that have changed and match the filters now. */
export function noteMatching(runs) {
  for (const position of parseRuns(runs)) waiting.add(position);
  show();
}

async function letIn() {
  const response = await fetch(grid.dataset.orderUrl, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!response?.ok) return void showToast({ kind: "error", text: "The new pictures could not be loaded. Try again in a moment." });
  const { order } = await response.json();
  const count = waiting.size;
  waiting.clear();
  renew(order);
  reapply();
  show();
  (tileAt(focusedPlace()) ?? grid).focus({ preventScroll: true });
  announce(`${number.format(count)} new ${count === 1 ? "picture is" : "pictures are"} on the sheet`);
}

/** Called once by the entry. */
export function start() {
  pill?.addEventListener("click", letIn);
  onChanged.add(show);
}

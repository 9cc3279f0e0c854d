// Mouse and touch do what the keys do: click, double-click, Shift and Ctrl; swipe, tap and hold; the buttons on a tile.
import { focusedPlace, focusedPosition, focusPlace } from "./focus.js";
import { editPrompt, openLoupe } from "./loupe.js";
import { setMark, trash } from "./marks.js";
import { placeOf } from "./order.js";
import { clearSelection, extendTo, hasSelection, isSelected, selectedPositions, setAnchor, toggle } from "./selection.js";
import { grid, hasPicture, markOf, mayMark, placeOfTile, positionOf, tileOf } from "./tiles.js";

const HOLD = 450; // milliseconds until a touch is a hold
const SLACK = 10; // pixels a finger may wander and still hold
const SWIPE = 44; // pixels to the side that make a swipe
const INSIDE = "a, button, summary, .prompt-whole";
let touch = null;
let handled = false; // the touch was a hold or a swipe; the click that follows it is not one

/** Called with the position of a tile that is held; answers whether somebody has shown a menu for it. */
export const onHold = new Set();

function onClick(event) {
  const tile = tileOf(event.target);
  if (!tile) return;
  const button = event.target.closest("[data-marks], [data-restores]");
  if (button) {
    event.preventDefault();
    focusPlace(placeOfTile(tile));
    if ("restores" in button.dataset) trash(meant(positionOf(tile)), false);
    else turn(tile, button.dataset.marks);
  } else if (event.target.closest("[data-edits]")) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a new tab or window
    event.preventDefault();
    editPrompt(placeOfTile(tile));
  } else if (!event.target.closest(INSIDE)) {
    choose(tile, event);
  }
}

// What is done to a selected tile is done to the selection.
const meant = (position) => (isSelected(position) ? selectedPositions() : [position]);

// The same a second time takes the mark back.
function turn(tile, mark) {
  setMark(meant(positionOf(tile)), markOf(tile) === mark ? "none" : mark);
}

function choose(tile, event) {
  if (handled) {
    handled = false;
    return;
  }
  const position = positionOf(tile);
  const from = focusedPosition();
  focusPlace(placeOfTile(tile));
  if (event.shiftKey) extendTo(position, from);
  else if (event.ctrlKey || event.metaKey || (touch?.type === "touch" && hasSelection())) toggle(position);
  else if (touch?.type === "touch") openLoupe(placeOf(position));
  else {
    clearSelection();
    setAnchor(position);
  }
}

function onDoubleClick(event) {
  const tile = tileOf(event.target);
  if (tile && !event.target.closest(INSIDE)) openLoupe(placeOfTile(tile));
}

function onDown(event) {
  clearTimeout(touch?.timer);
  if (!event.isPrimary) return void letGo(); // a second finger: neither a hold nor a swipe
  const tile = tileOf(event.target);
  handled = false;
  touch = { type: event.pointerType, tile, x: event.clientX, y: event.clientY, timer: null };
  if (!tile || event.pointerType !== "touch" || event.target.closest(INSIDE)) return;
  touch.timer = setTimeout(() => hold(tile), HOLD);
}

function letGo() {
  if (!touch) return;
  touch.timer = null;
  delete touch.tile?.dataset.swipe;
}

function hold(tile) {
  handled = true;
  focusPlace(placeOfTile(tile));
  navigator.vibrate?.(10);
  const shown = [...onHold].some((show) => show(positionOf(tile), touch));
  if (!shown) toggle(positionOf(tile));
}

function onMove(event) {
  if (!touch?.timer || event.pointerType !== "touch") return;
  const [x, y] = [event.clientX - touch.x, event.clientY - touch.y];
  if (Math.hypot(x, y) > SLACK) clearTimeout(touch.timer);
  if (!mayMark || handled || !hasPicture(touch.tile)) return;
  if (Math.abs(x) > SWIPE && Math.abs(x) > 2 * Math.abs(y)) touch.tile.dataset.swipe = x > 0 ? "keep" : "reject";
  else delete touch.tile.dataset.swipe;
}

function onUp(event) {
  clearTimeout(touch?.timer);
  const swipe = touch?.tile?.dataset.swipe;
  if (!swipe) return;
  delete touch.tile.dataset.swipe;
  if (event.type !== "pointerup") return;
  handled = true;
  turn(touch.tile, swipe);
}

function onSelectionBar(event) {
  const mark = event.target.closest("[data-marks-selection]")?.dataset.marksSelection;
  if (mark) setMark(selectedPositions(), mark);
  else if (event.target.closest("#deselect")) {
    clearSelection();
    focusPlace(focusedPlace());
  }
}

/** Called once by the entry. */
export function start() {
  grid.addEventListener("click", onClick);
  grid.addEventListener("dblclick", onDoubleClick);
  grid.addEventListener("pointerdown", onDown);
  grid.addEventListener("pointermove", onMove);
  grid.addEventListener("pointerup", onUp);
  grid.addEventListener("pointercancel", onUp);
  const bar = document.getElementById("dock-selection");
  bar?.addEventListener("click", onSelectionBar);
  bar?.addEventListener("mousedown", (event) => event.preventDefault()); // the focus, and with it the keys, stays on the tile
  grid.addEventListener("contextmenu", (event) => {
    if (touch?.type === "touch" && tileOf(event.target)) event.preventDefault();
  });
}

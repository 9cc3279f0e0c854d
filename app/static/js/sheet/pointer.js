// Mouse and touch do what the keys do: click, double-click, Shift and Ctrl; swipe, tap and hold; the buttons on a tile.
import { focusTile, focused } from "./focus.js";
import { editPrompt, openLoupe } from "./loupe.js";
import { markTiles } from "./marks.js";
import { clearSelection, extendTo, hasSelection, isSelected, selectedTiles, setAnchor, toggle } from "./selection.js";
import { grid, markOf, mayMark, tileOf } from "./tiles.js";

const HOLD = 450; // milliseconds until a touch is a hold
const SLACK = 10; // pixels a finger may wander and still hold
const SWIPE = 44; // pixels to the side that make a swipe
let touch = null;
let handled = false; // the touch was a hold or a swipe; the click that follows it is not one

function onClick(event) {
  const button = event.target.closest("[data-marks]");
  const tile = tileOf(event.target);
  if (!tile) return;
  if (button) {
    event.preventDefault();
    press(tile, button.dataset.marks);
  } else if (event.target.closest("[data-edits]")) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a new tab or window
    event.preventDefault();
    editPrompt(tile);
  } else if (!event.target.closest("a, button")) {
    choose(tile, event);
  }
}

function press(tile, mark) {
  focusTile(tile);
  turn(tile, mark);
}

// What is done to a selected tile is done to the selection. The same a second time takes the mark back.
function turn(tile, mark) {
  markTiles(isSelected(tile) ? selectedTiles() : [tile], markOf(tile) === mark ? "none" : mark);
}

function choose(tile, event) {
  if (handled) {
    handled = false;
    return;
  }
  const from = focused();
  focusTile(tile);
  if (event.shiftKey) extendTo(tile, from);
  else if (event.ctrlKey || event.metaKey || (touch?.type === "touch" && hasSelection())) toggle(tile);
  else if (touch?.type === "touch") openLoupe(tile);
  else {
    clearSelection();
    setAnchor(tile);
  }
}

function onDoubleClick(event) {
  const tile = tileOf(event.target);
  if (tile && !event.target.closest("a, button")) openLoupe(tile);
}

function onDown(event) {
  const tile = tileOf(event.target);
  handled = false;
  touch = { type: event.pointerType, tile, x: event.clientX, y: event.clientY, timer: null };
  if (!tile || event.pointerType !== "touch" || event.target.closest("a, button")) return;
  touch.timer = setTimeout(() => hold(tile), HOLD);
}

function hold(tile) {
  handled = true;
  focusTile(tile);
  toggle(tile);
  navigator.vibrate?.(10);
}

function onMove(event) {
  if (!touch?.timer || event.pointerType !== "touch") return;
  const [x, y] = [event.clientX - touch.x, event.clientY - touch.y];
  if (Math.hypot(x, y) > SLACK) clearTimeout(touch.timer);
  if (!mayMark || handled || touch.tile.dataset.state !== "completed") return;
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
  if (mark) markTiles(selectedTiles(), mark);
  else if (event.target.closest("#deselect")) {
    clearSelection();
    focusTile(focused());
  }
}

if (grid) {
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

// Which pictures are selected: positions of the whole order, loaded or not. No update, reload of tiles or scroll changes it.
import { announce } from "./announce.js";
import { everything, isOnSheet, onChanged, placeOf, positionAt } from "./order.js";
import { loadedTiles, positionOf } from "./tiles.js";
import { onTiles } from "./window.js";

const selected = new Set();
const bar = document.getElementById("dock-selection");
const dock = document.getElementById("dock");
let anchor = null;
let isAll = false;

const number = new Intl.NumberFormat("en-US");

export const isSelected = (position) => selected.has(position);
export const hasSelection = () => selected.size > 0;

/** In the order of the sheet. */
export const selectedPositions = () => (isAll ? everything() : [...selected].sort((one, other) => placeOf(one) - placeOf(other)));

function drawTile(tile) {
  const wanted = String(selected.has(positionOf(tile)));
  if (tile.getAttribute("aria-selected") !== wanted) tile.setAttribute("aria-selected", wanted);
}

function words() {
  const count = number.format(selected.size);
  return isAll ? `All ${count} matching selected` : `${count} selected`;
}

// With a selection the dock offers what can be done with it, also to those without a keyboard.
function draw() {
  for (const tile of loadedTiles()) drawTile(tile);
  if (bar) {
    bar.hidden = selected.size === 0;
    dock.toggleAttribute("data-selecting", selected.size > 0);
    document.getElementById("selected-count").textContent = words();
  }
}

function changed({ all = false } = {}) {
  isAll = all;
  draw();
  announce(selected.size ? words() : "Nothing selected");
}

export function clearSelection() {
  if (!selected.size) return false;
  selected.clear();
  anchor = null;
  changed();
  return true;
}

export function toggle(position) {
  if (!selected.delete(position)) selected.add(position);
  anchor = position;
  changed();
}

/** Where the next range begins. */
export function setAnchor(position) {
  anchor = position;
}

/** Selects from the anchor (or `from`, the first time) to a position, and nothing else. */
export function extendTo(position, from) {
  if (anchor === null || placeOf(anchor) < 0) anchor = from;
  const [first, last] = [placeOf(anchor), placeOf(position)].sort((one, other) => one - other);
  selected.clear();
  for (let place = first; place <= last; place += 1) selected.add(positionAt(place));
  changed();
}

/** Selects everything that the filters let through, loaded or not, also inside closed stacks. */
export function selectAll() {
  for (const position of everything()) selected.add(position);
  changed({ all: true });
}

/** Called once by the entry. */
export function start() {
  onTiles.add((tiles) => tiles.forEach(drawTile));
  onChanged.add(() => {
    if (!selected.size) return;
    const before = selected.size;
    for (const position of selected) if (!isOnSheet(position)) selected.delete(position);
    isAll = isAll && selected.size === everything().length;
    if (selected.size !== before) draw();
  });
}

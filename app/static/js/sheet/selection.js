// Which tiles are selected. A selection is kept by id, so that it survives every update of a tile.
import { announce } from "./announce.js";
import { between, idOf, moreTiles, tileById, tiles } from "./tiles.js";

const selected = new Set();
const bar = document.getElementById("dock-selection");
let anchor = null;

function show(tile, on) {
  if (on) selected.add(idOf(tile));
  else selected.delete(idOf(tile));
  tile.setAttribute("aria-selected", String(on));
}

// With a selection the dock offers what can be done with it, also to those without a keyboard.
function showBar() {
  if (!bar) return;
  bar.hidden = selected.size === 0;
  document.getElementById("dock").toggleAttribute("data-selecting", selected.size > 0);
  document.getElementById("selected-count").textContent = selected.size.toLocaleString("en-US");
}

function say() {
  showBar();
  announce(selected.size ? `${selected.size} selected` : "Nothing selected");
}

export const isSelected = (tile) => selected.has(idOf(tile));
export const hasSelection = () => selected.size > 0;
export const selectedTiles = () => [...selected].map(tileById).filter(Boolean);

export function clearSelection() {
  if (!selected.size) return false;
  for (const tile of selectedTiles()) show(tile, false);
  selected.clear();
  anchor = null;
  say();
  return true;
}

export function toggle(tile) {
  show(tile, !isSelected(tile));
  anchor = tile;
  say();
}

/** Where the next range begins. */
export function setAnchor(tile) {
  anchor = tile;
}

/** Selects from the anchor (or `from`, the first time) to a tile, and nothing else. */
export function extendTo(tile, from) {
  if (!anchor?.isConnected) anchor = from;
  const range = new Set(between(anchor, tile));
  for (const other of selectedTiles()) if (!range.has(other)) show(other, false);
  for (const other of range) show(other, true);
  say();
}

export function selectAll() {
  for (const tile of tiles()) show(tile, true);
  showBar();
  const more = moreTiles() ? " of those loaded; scroll to load more" : "";
  announce(`${selected.size} selected${more}`);
}

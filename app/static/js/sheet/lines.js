// The lines of tiles in the document: each at its own fixed place, so that lines come and go without anything else moving.
import { dress } from "./dress.js";
import { columns, field, pitch } from "./layout.js";
import { grid, tileAt } from "./tiles.js";

const lines = new Map(); // number of a line → its element

function frame() {
  const empty = document.createElement("div");
  empty.className = "tile-frame";
  return empty;
}

function lineElement(line) {
  const element = document.createElement("div");
  element.className = "line";
  element.setAttribute("role", "row");
  element.dataset.line = line;
  element.style.top = `${line * pitch()}px`;
  element.setAttribute("aria-rowindex", line + 1);
  element.setAttribute("aria-label", `Line ${line + 1}`);
  return element;
}

// In the document lines stand in the order of the sheet, for those who read it without seeing it.
function place(element, line) {
  let next = null;
  for (const [other, sibling] of lines) if (other > line && (next === null || other < Number(next.dataset.line))) next = sibling;
  field.insertBefore(element, next);
  lines.set(line, element);
}

function drawLine(line, places) {
  const tiles = places.map(tileAt);
  const old = lines.get(line);
  if (tiles.every((tile) => tile === null)) return void (old && drop(line));
  tiles.forEach((tile, column) => tile && dress(tile, places[column], column, columns()));
  const same = old && old.children.length === tiles.length && tiles.every((tile, index) => (tile ? old.children[index] === tile : old.children[index].className === "tile-frame"));
  if (same) return;
  const element = old ?? lineElement(line);
  element.replaceChildren(...tiles.map((tile) => tile ?? frame()));
  if (!old) place(element, line);
}

function drop(line) {
  lines.get(line).remove();
  lines.delete(line);
}

/** Moving or dropping the tile that has the focus would leave the keys without a home: it goes back, or to the grid itself. */
export function keepingFocus(change) {
  const held = grid.contains(document.activeElement) && document.activeElement !== grid ? document.activeElement : null;
  change();
  if (!held || document.activeElement === held) return;
  (held.isConnected ? held : grid).focus({ preventScroll: true });
}

/** Shows these lines and no others; `placesOf(line)` are the places on one. */
export function drawLines(wanted, placesOf) {
  for (const line of [...lines.keys()]) if (!wanted.has(line)) drop(line);
  for (const line of [...wanted].sort((one, other) => one - other)) drawLine(line, placesOf(line));
}

/** Lines have another height: they move to where they stand now. */
export function moveLines() {
  for (const [line, element] of lines) element.style.top = `${line * pitch()}px`;
}

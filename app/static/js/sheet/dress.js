// What a tile shows because of where it stands: whether its prompt begins there, over how many tiles the caption runs, how many
// pictures lie under it. Attributes that begin with data-at- are left alone by every morph.
import { label } from "./drawing.js";
import { count, hiddenUnder, positionAt, promptOf } from "./order.js";

const MOST = 10; // variations of a prompt

function set(tile, name, value) {
  if (value === null) tile.removeAttribute(name);
  else if (tile.getAttribute(name) !== value) tile.setAttribute(name, value);
}

const promptAt = (place) => (place >= 0 && place < count() ? promptOf(positionAt(place)) : null);

// How many tiles of one prompt stand side by side from here to the end of the line: as far as its caption may run.
function span(place, prompt, room) {
  let tiles = 1;
  while (tiles < room && promptAt(place + tiles) === prompt) tiles += 1;
  return tiles;
}

/** Draws what the place and its column mean for a tile. */
export function dress(tile, place, column, columns) {
  const position = positionAt(place);
  const prompt = promptOf(position);
  const isFirst = column === 0 || promptAt(place - 1) !== prompt;
  const wide = isFirst ? span(place, prompt, Math.min(MOST, columns - column)) : 1;
  const under = hiddenUnder(position);
  const before = tile.getAttribute("data-at-stack");
  set(tile, "aria-colindex", String(column + 1));
  set(tile, "data-at-first", isFirst ? "" : null);
  set(tile, "data-at-span", wide > 1 ? String(wide) : null);
  set(tile, "data-at-stack", under ? String(under + 1) : null);
  if (before !== tile.getAttribute("data-at-stack")) label(tile);
}

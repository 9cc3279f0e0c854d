// Thumbnails around the screen are fetched one after the other, before it comes to them. The browser by itself asks for those of
// a whole line at once, in the frame that scrolls to it: just when the next key is pressed.
import { columnWidth, lineOf, rowsPerScreen, visibleLines } from "./layout.js";
import { loadedTiles, placeOfTile } from "./tiles.js";
import { onDrawn } from "./window.js";

const SCREENS = 3; // so far above and below
const PAUSE = 30; // milliseconds between two, which leave room for what a person does
let waiting = []; // tiles, the nearest to the screen last
let isFetching = false;

const pictureOf = (tile) => tile.querySelector(".tile-picture");
const isMissing = (tile) => pictureOf(tile)?.loading === "lazy" && !pictureOf(tile).complete;

// In lines.
function distance(tile) {
  const [first, last] = visibleLines();
  const line = lineOf(placeOfTile(tile));
  return Math.max(first - line, line - last, 0);
}

// A lazy picture finds the file that fits by itself; one that is not has to be told how wide it is shown.
function tellWidth(tile) {
  const picture = pictureOf(tile);
  const sizes = `${Math.round(columnWidth())}px`;
  if (picture && picture.loading !== "lazy" && picture.sizes !== sizes) picture.sizes = sizes;
}

function begin() {
  const away = new Map();
  for (const tile of loadedTiles()) {
    tellWidth(tile);
    if (isMissing(tile) && distance(tile) <= SCREENS * rowsPerScreen()) away.set(tile, distance(tile));
  }
  waiting = [...away.keys()].sort((one, other) => away.get(other) - away.get(one));
  if (!isFetching) next();
}

function later({ target }) {
  target.onload = target.onerror = null;
  setTimeout(next, PAUSE);
}

function next() {
  let tile = waiting.pop();
  while (tile && !isMissing(tile)) tile = waiting.pop();
  isFetching = tile !== undefined;
  if (!isFetching) return;
  const picture = pictureOf(tile);
  Object.assign(picture, { onload: later, onerror: later, fetchPriority: "low", loading: "eager" });
  tellWidth(tile);
}

/** Called once by the entry. Where somebody asks to save bytes, only what is looked at is fetched. */
export function start() {
  if (!navigator.connection?.saveData) onDrawn.add(begin);
}

// Thumbnails around the screen are fetched one after the other, before it comes to them. The browser by itself asks for those of
// a whole line at once, in the frame that scrolls to it: just when the next key is pressed.
import { columnWidth, lineOf, visibleLines } from "./layout.js";
import { loadedTiles, placeOfTile } from "./tiles.js";
import { onDrawn } from "./window.js";

const PAUSE = 30; // milliseconds between two, which leave room for what a person does
const kept = new Map(); // tile → the picture that keeps its file in the browser's memory until the tile shows it
let waiting = []; // tiles, the nearest to the screen last
let isFetching = false;

const pictureOf = (tile) => tile.querySelector(".tile-picture");

// A lazy picture is complete only when it has come.
const isMissing = (tile) => pictureOf(tile)?.complete === false;

function distance(tile) {
  const [first, last] = visibleLines();
  const line = lineOf(placeOfTile(tile));
  return Math.max(first - line, line - last, 0);
}

function begin() {
  const missing = new Set([...loadedTiles()].filter(isMissing));
  for (const tile of kept.keys()) if (!missing.has(tile)) kept.delete(tile);
  const away = new Map([...missing].filter((tile) => !kept.has(tile)).map((tile) => [tile, distance(tile)]));
  waiting = [...away.keys()].sort((one, other) => away.get(other) - away.get(one));
  if (!isFetching) next();
}

const later = () => setTimeout(next, PAUSE);

function next() {
  let tile = waiting.pop();
  while (tile && !isMissing(tile)) tile = waiting.pop();
  isFetching = tile !== undefined;
  if (!isFetching) return;
  const picture = new Image();
  picture.onload = picture.onerror = later;
  kept.set(tile, picture);
  // The same choice of files at the same width: what comes is the file that the tile will ask for.
  Object.assign(picture, { fetchPriority: "low", decoding: "async", sizes: `${columnWidth()}px`, srcset: pictureOf(tile).srcset });
}

/** Called once by the entry. Where somebody pays for bytes, only what is looked at is fetched. */
export function start() {
  if (!navigator.connection?.saveData) onDrawn.add(begin);
}

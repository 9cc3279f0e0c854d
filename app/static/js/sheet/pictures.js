// What the looking surfaces know about an image: read from its tile. An image whose tile is not in the document is asked for
// by itself, so that a survey may reach over the whole sheet without moving it.
import { showToast } from "../toast.js";
import { dismiss, guestOf, invite } from "./guests.js";
import { formatRuns } from "./runs.js";
import { grid, hasPicture, idOf, markOf, positionOf, ratingOf, tileOfPosition } from "./tiles.js";

function note(tile) {
  const words = tile.querySelector(".tile-note")?.cloneNode(true);
  if (!words) return null;
  words.className = "pane-note";
  words.dataset.state = tile.dataset.state;
  // Its button is in the side of the loupe, with what has to be known before pressing it.
  words.querySelectorAll("form, a, button").forEach((element) => element.remove());
  return words;
}

/** The facts of a tile, independent of what becomes of it. */
export function pictureOf(tile) {
  const thumb = tile.querySelector(".tile-picture");
  const shape = tile.querySelector(".shape");
  const { large, prompt, variation } = tile.dataset;
  return {
    id: idOf(tile),
    position: positionOf(tile),
    number: `${prompt}·${variation}`,
    state: tile.dataset.state,
    mark: markOf(tile),
    rating: ratingOf(tile),
    label: tile.getAttribute("aria-label"),
    width: Number(shape.getAttribute("width")),
    height: Number(shape.getAttribute("height")),
    large: hasPicture(tile) ? large : null,
    largeWidth: Number(tile.dataset.largeWidth),
    original: hasPicture(tile) ? large.replace(/large$/, "original") : null,
    thumb: hasPicture(tile) ? thumb.getAttribute("src") : null,
    note: hasPicture(tile) ? null : note(tile),
    shape,
    pencil: tile.querySelector(".pencil"),
  };
}

// The tile in the document is the one that updates reach; a guest's is as it was when it left.
function tileFor(position) {
  const tile = tileOfPosition(position);
  if (tile && guestOf(position)) invite(position, tile);
  return tile ?? guestOf(position);
}

/** What is known of a position at this moment, or null. */
export const pictureAtPosition = (position) => {
  const tile = tileFor(position);
  return tile && pictureOf(tile);
};

const NOT_LOADED = "Some of these pictures could not be loaded. Try again in a moment.";

// Null, and a person is told, when there is no answer that can be used.
async function fetchTiles(positions) {
  const headers = { "HX-Request": "true", Accept: "text/html" };
  const response = await fetch(`${grid.dataset.tilesUrl}?at=${formatRuns(positions)}`, { headers }).catch(() => null);
  const text = response?.ok ? await response.text().catch(() => null) : null;
  if (text === null) {
    showToast({ kind: "error", text: NOT_LOADED });
    return null;
  }
  const template = document.createElement("template");
  template.innerHTML = text;
  return [...template.content.querySelectorAll(".tile")];
}

/**
 * The pictures of positions, in their order; those that are not in the document are fetched. They are known until
 * `forgetPictures`. Null when they could not be loaded, which a person has been told.
 */
export async function picturesAt(positions) {
  const missing = positions.filter((position) => !tileFor(position));
  const fetched = missing.length ? await fetchTiles(missing) : [];
  if (!fetched) return null;
  for (const tile of fetched) invite(positionOf(tile), tile);
  for (const position of positions) if (tileFor(position)) invite(position, tileFor(position));
  return positions.map(pictureAtPosition).filter(Boolean);
}

/** Forgets what was held for a surface that has closed. */
export const forgetPictures = dismiss;

// The tiles that are in the document, found by their place or their position. Everything else asks here.
import { count, load, placeOf, positionAt } from "./order.js";

export const grid = document.getElementById("sheet");
export const mayMark = grid !== null && "mayMark" in grid.dataset;

const loaded = new Map(); // position → tile

if (grid) load(grid.dataset);

export const positionOf = (tile) => Number(tile.dataset.position);
export const placeOfTile = (tile) => placeOf(positionOf(tile));
export const tileOf = (node) => node?.closest?.(".tile") ?? null;
export const tileOfPosition = (position) => loaded.get(position) ?? null;
export const tileAt = (place) => (place >= 0 && place < count() ? tileOfPosition(positionAt(place)) : null);
export const tileById = (id) => document.getElementById(`image-${id}`);
export const loadedTiles = () => loaded.values();
export const loadedByPosition = () => loaded.entries();

/** A tile has come into the document, or is about to. */
export const register = (tile) => loaded.set(positionOf(tile), tile);

/** A tile has left it. */
export const forget = (tile) => loaded.delete(positionOf(tile));

export const hasPicture = (tile) => tile.dataset.state === "completed";
export const markOf = (tile) => tile.dataset.mark ?? "none";
export const ratingOf = (tile) => Number(tile.dataset.rating ?? 0);
export const isTrashed = (tile) => "trashed" in tile.dataset;
export const idOf = (tile) => tile.id.slice("image-".length);

const ENDED_WITHOUT = new Set(["failed", "unknown", "cancelled"]);

/** Whether the loupe has something to tell: a picture, or why there is none. */
export const canLookAt = (tile) => hasPicture(tile) || ENDED_WITHOUT.has(tile.dataset.state);

// How a mark, a rating and the trash show on a tile: by its attributes alone, the style sheet does the rest.
import { isTrashed, markOf, ratingOf } from "./tiles.js";

const MARKS = { keep: "kept", reject: "rejected" };
// A name is said without its commas: they are what parts are told apart by.
const SAID = /(, (kept|rejected|\d stars?|in the trash|marked by [^,]*|stack of \d+))+$/;

const READ = { mark: markOf, rating: ratingOf, trashed: isTrashed };

const WRITE = {
  mark: (tile, mark) => (mark === "none" ? delete tile.dataset.mark : (tile.dataset.mark = mark)),
  rating: (tile, rating) => (rating ? (tile.dataset.rating = rating) : delete tile.dataset.rating),
  trashed: (tile, trashed) => tile.toggleAttribute("data-trashed", trashed),
};

/** Attributes that show what a person has decided; a morph leaves them alone while that is on its way. */
export const ATTRIBUTES = { "data-mark": "mark", "data-rating": "rating", "data-trashed": "trashed" };

/** What a morph would set such an attribute to, as a value. */
export function valueOf(kind, attribute) {
  if (kind === "mark") return attribute || "none";
  return kind === "rating" ? Number(attribute ?? 0) : attribute !== null && attribute !== undefined;
}

export const read = (tile, kind) => READ[kind](tile);

const stars = (rating) => `${rating} ${rating === 1 ? "star" : "stars"}`;

// What was decided is part of the tile's name: a screen reader says it with the picture.
export function label(tile) {
  const said = [MARKS[markOf(tile)], ratingOf(tile) && stars(ratingOf(tile)), isTrashed(tile) && "in the trash"].filter(Boolean);
  if (tile.dataset.markedBy) said.push(`marked by ${tile.dataset.markedBy.replaceAll(",", "")}`);
  if (tile.dataset.atStack) said.push(`stack of ${tile.dataset.atStack}`);
  const name = [tile.getAttribute("aria-label").replace(SAID, ""), ...said].join(", ");
  if (tile.getAttribute("aria-label") !== name) tile.setAttribute("aria-label", name);
}

/** Draws a value on a tile. `own`: this person has just decided it, so nobody else's initials belong there. */
export function draw(tile, kind, value, { own = false } = {}) {
  WRITE[kind](tile, value);
  if (own && kind !== "trashed") delete tile.dataset.markedBy;
  label(tile);
}

// The tiles of the sheet, in the order of the document. Everything else asks here.
export const grid = document.getElementById("sheet");
export const mayMark = grid !== null && "mayMark" in grid.dataset;

export const tiles = () => grid.getElementsByClassName("tile");
export const tileOf = (node) => node?.closest?.(".tile") ?? null;
export const hasPicture = (tile) => tile.dataset.state === "completed";
export const markOf = (tile) => tile.dataset.mark ?? "none";
export const idOf = (tile) => tile.id.slice("image-".length);
export const tileById = (id) => document.getElementById(`image-${id}`);

/** The link to the next tiles; null when all are loaded. */
export const moreTiles = () => document.querySelector("[data-more-tiles]");

/** The tile after (step 1) or before (step -1), across prompts; null at the ends. */
export function neighbour(tile, step) {
  const direction = step > 0 ? "nextElementSibling" : "previousElementSibling";
  if (tile[direction]) return tile[direction];
  for (let prompt = tile.closest(".prompt")[direction]; prompt; prompt = prompt[direction]) {
    const found = prompt.getElementsByClassName("tile");
    if (found.length) return found[step > 0 ? 0 : found.length - 1];
  }
  return null;
}

/** The nearest tile in a direction that is wanted, or null. */
export function nextTile(tile, step, wanted) {
  let found = neighbour(tile, step);
  while (found && !wanted(found)) found = neighbour(found, step);
  return found;
}

/** The nearest tile in a direction that shows a picture, or null. */
export const nextPicture = (tile, step = 1) => nextTile(tile, step, hasPicture);

/** All tiles from one to another in document order, both included. */
export function between(one, other) {
  const all = [...tiles()];
  const [from, to] = [all.indexOf(one), all.indexOf(other)].sort((a, b) => a - b);
  return all.slice(from, to + 1);
}

const ENDED_WITHOUT = new Set(["failed", "unknown", "cancelled"]);

/** Whether the loupe has something to tell: a picture, or why there is none. */
export const canLookAt = (tile) => hasPicture(tile) || ENDED_WITHOUT.has(tile.dataset.state);

/** Loads the next page of tiles now instead of when it comes near. */
export function loadMore() {
  moreTiles()?.dispatchEvent(new CustomEvent("intersect"));
}

// The focus moves over the tiles: one of them is in the tab order, arrows lead to the others.
import { grid, loadMore, neighbour, tileOf, tiles } from "./tiles.js";

const NEAR = 400; // tiles looked at for the next line: more than the widest screen holds in two
let current = null;

/** The tile that has the focus, or would get it; null on an empty sheet. */
export function focused() {
  if (!current?.isConnected) current = tiles()[0] ?? null;
  return current;
}

export function focusTile(tile) {
  if (!tile) return;
  makeCurrent(tile);
  tile.focus({ preventScroll: true });
  tile.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function makeCurrent(tile) {
  if (current && current !== tile) current.tabIndex = -1;
  current = tile;
  tile.tabIndex = 0;
}

const centre = (box) => box.left + box.width / 2;

function* walk(tile, step) {
  let found = neighbour(tile, step);
  for (let count = 0; found && count < NEAR; count += 1, found = neighbour(found, step)) yield found;
}

// The nearest tile on the next line up or down. Groups flow side by side, so lines are found by where tiles stand.
function vertical(tile, step) {
  const from = tile.getBoundingClientRect();
  const half = from.height / 2;
  let line = null;
  let best = null;
  for (const candidate of walk(tile, step)) {
    const box = candidate.getBoundingClientRect();
    const away = (box.top - from.top) * step;
    if (away < half) continue;
    if (line !== null && away > line + 2 * box.height) break;
    const off = Math.abs(centre(box) - centre(from));
    if (best === null || away < line - half || (away < line + half && off < best.off)) best = { candidate, off };
    line = line === null ? away : Math.min(line, away);
  }
  return best?.candidate ?? null;
}

function edge(tile, step) {
  const top = tile.getBoundingClientRect().top;
  let last = tile;
  for (const candidate of walk(tile, step)) {
    if (Math.abs(candidate.getBoundingClientRect().top - top) > 4) break;
    last = candidate;
  }
  return last;
}

function screen(tile, step) {
  const start = tile.getBoundingClientRect().top;
  let found = tile;
  for (let next = vertical(tile, step); next; next = vertical(next, step)) {
    if ((next.getBoundingClientRect().top - start) * step > 0.8 * window.innerHeight) break;
    found = next;
  }
  return found;
}

const MOVES = {
  left: (tile) => neighbour(tile, -1),
  right: (tile) => neighbour(tile, 1),
  up: (tile) => vertical(tile, -1),
  down: (tile) => vertical(tile, 1),
  lineStart: (tile) => edge(tile, -1),
  lineEnd: (tile) => edge(tile, 1),
  pageUp: (tile) => screen(tile, -1),
  pageDown: (tile) => screen(tile, 1),
  first: () => tiles()[0],
  last: () => tiles()[tiles().length - 1],
};

/** Where a move leads from the focused tile; the tile itself where there is nothing further. */
export function destination(move) {
  const tile = focused();
  if (!tile) return null;
  const target = MOVES[move](tile) ?? tile;
  if (!neighbour(target, 1)) loadMore();
  return target;
}

if (grid) {
  grid.addEventListener("focusin", (event) => {
    const tile = tileOf(event.target);
    if (tile) makeCurrent(tile);
  });
  const first = tileOf(document.querySelector(":target")) ?? focused();
  if (first) makeCurrent(first);
  // The keys work at once. Nobody is pulled away from where they are, and a phone shows no frame for keys it has not.
  if (document.activeElement === document.body && !matchMedia("(pointer: coarse)").matches) first?.focus({ preventScroll: true });
  document.querySelector('.skip[href="#sheet"]')?.addEventListener("click", (event) => {
    event.preventDefault();
    focusTile(focused());
  });
}

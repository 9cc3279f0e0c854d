// What this person has decided and the server has not confirmed: drawn over what the server says, tile by tile.
import { kindOf, positionsOf } from "./changes.js";
import { draw, read } from "./drawing.js";
import * as order from "./order.js";
import { guestOf } from "./guests.js";
import { grid, hasPicture, positionOf, tileOfPosition } from "./tiles.js";
import { onTiles } from "./window.js";

const entries = new Map(); // position → {kind: {value, server, steps}}; server is undefined while nobody has said it

/** Called with every tile on which something was drawn anew. */
export const onDrawnMark = new Set();

/** What is on its way for a position: {mark?, rating?, trashed?}. */
export function pendingOf(position) {
  const entry = entries.get(position) ?? {};
  return Object.fromEntries(Object.entries(entry).map(([kind, { value }]) => [kind, value]));
}

export const isPending = (position) => entries.has(position);
export const pendingEntries = () => entries;

/** What is shown or would be shown for a position; undefined while nobody knows. */
export function shownValue(position, kind) {
  const pending = entries.get(position)?.[kind];
  if (pending) return pending.value;
  const tile = tileOfPosition(position) ?? guestOf(position);
  return tile ? read(tile, kind) : undefined;
}

function show(position, kind, value, own) {
  const tile = tileOfPosition(position) ?? guestOf(position);
  if (!tile) return;
  tile.toggleAttribute("data-pending", entries.has(position));
  draw(tile, kind, value, { own });
  for (const listener of onDrawnMark) listener(tile);
}

// In the trash's own view what is restored leaves; in every other view what is put into the trash does.
const leaves = (trashed) => trashed !== (grid.dataset.show === "trash");

function move(positions, trashed) {
  if (leaves(trashed)) order.remove(positions);
  else order.restore(positions);
}

function beginOne(position, kind, value) {
  const entry = entries.get(position) ?? {};
  const own = entry[kind] ?? { server: shownValue(position, kind), steps: 0 };
  entries.set(position, { ...entry, [kind]: { ...own, value, steps: own.steps + 1 } });
  show(position, kind, value, true);
}

/** Shows the changes of a step at once. */
export function begin(changes) {
  for (const change of changes) {
    const kind = kindOf(change);
    const positions = positionsOf(change);
    for (const position of positions) beginOne(position, kind, change[kind]);
    if (kind === "trashed") move(positions, change.trashed);
  }
}

function endOne(position, kind, value, { accepted, confirmed }) {
  const entry = entries.get(position);
  const own = entry?.[kind];
  if (!own) return;
  own.steps -= 1;
  if (accepted) {
    confirmed(position, kind, own.server, value);
    own.server = value;
  }
  if (own.steps > 0) return;
  delete entry[kind];
  if (!Object.keys(entry).length) entries.delete(position);
  const shown = own.server ?? (kind === "mark" ? "none" : kind === "rating" ? 0 : false);
  show(position, kind, shown, accepted);
}

// What was refused goes back to where it was, unless a later step decides.
function moveBack(positions, trashed) {
  const settled = positions.filter((position) => entries.get(position)?.trashed === undefined);
  if (settled.length) move(settled, !trashed);
}

/**
 * The server has answered: `accepted(position)` tells for which pictures, `confirmed(position, kind, before, after)` hears of
 * each. Only the last step about a picture decides what is shown.
 */
export function end(changes, accepted, confirmed) {
  for (const change of changes) {
    const kind = kindOf(change);
    const refused = [];
    for (const position of positionsOf(change)) {
      const ok = accepted(position);
      endOne(position, kind, change[kind], { accepted: ok, confirmed });
      if (!ok) refused.push(position);
    }
    if (kind === "trashed" && refused.length) moveBack(refused, change.trashed);
  }
}

/** The server's own view of a picture whose change is on its way: noted, not drawn. */
export function noteServer(position, kind, value) {
  const own = entries.get(position)?.[kind];
  if (own) own.server = value;
}

export const isPendingKind = (position, kind) => entries.get(position)?.[kind] !== undefined;

/** A newer order was taken over: what is being put into the trash leaves it again. */
export function reapply() {
  const leaving = [...entries].filter(([, { trashed }]) => trashed && leaves(trashed.value)).map(([position]) => position);
  if (leaving.length) order.remove(leaving);
}

/** Called once by the entry: tiles that arrive show what is on its way for them. */
export function start() {
  onTiles.add((tiles) => {
    for (const tile of tiles) {
      const position = positionOf(tile);
      for (const [kind, own] of Object.entries(entries.get(position) ?? {})) {
        own.server = read(tile, kind);
        show(position, kind, own.value, true);
      }
    }
  });
}

/** Whether a picture may be marked: only what is known to have none may not. */
export const mayHavePicture = (position) => {
  const tile = tileOfPosition(position);
  return tile === null || hasPicture(tile);
};

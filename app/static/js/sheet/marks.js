// Keep, reject, clear: shown at once, confirmed by the server, taken back visibly if it refuses.
import { showToast } from "../toast.js";
import { announce } from "./announce.js";
import { movePromptCount, showCounts, showServerCounts } from "./counts.js";
import { Refused, send } from "./sending.js";
import { hasPicture, idOf, markOf, tileById } from "./tiles.js";

const WORDS = { keep: "kept", reject: "rejected", none: "cleared" };
const pending = new Map(); // id → {server: the mark the server has, requests: how many are on their way}
const undone = [];
const done = [];

/** Called with every tile whose mark was drawn anew. */
export const onMarked = new Set();

function draw(tile, mark) {
  if (mark === "none") delete tile.dataset.mark;
  else tile.dataset.mark = mark;
  const label = tile.getAttribute("aria-label").replace(/, (kept|rejected)$/, "");
  tile.setAttribute("aria-label", mark === "none" ? label : `${label}, ${WORDS[mark]}`);
  for (const listener of onMarked) listener(tile);
}

function showAtOnce({ id, mark }) {
  const tile = tileById(id);
  const entry = pending.get(id) ?? { server: markOf(tile), requests: 0 };
  pending.set(id, { ...entry, requests: entry.requests + 1 });
  tile.dataset.pending = "";
  draw(tile, mark);
}

// One request about this tile has ended. Only the last one decides what is shown.
function settle(id, mark, revision) {
  const entry = pending.get(id);
  const tile = tileById(id);
  entry.requests -= 1;
  if (mark !== null && mark !== entry.server) {
    if (tile) movePromptCount(tile, entry.server, mark, revision);
    entry.server = mark;
  }
  if (tile && revision > Number(tile.dataset.revision)) tile.dataset.revision = revision;
  if (entry.requests) return;
  pending.delete(id);
  if (!tile) return;
  delete tile.dataset.pending;
  if (markOf(tile) !== entry.server) draw(tile, entry.server);
}

async function deliver(changes) {
  changes.forEach(showAtOnce);
  showCounts(pending);
  try {
    const answer = await send(changes);
    const known = new Map(answer.marks.map(({ id, mark }) => [id, mark]));
    for (const { id } of changes) settle(id, known.get(id) ?? null, answer.revision);
    showServerCounts(answer, pending);
    return true;
  } catch (error) {
    for (const { id } of changes) settle(id, null, 0);
    showCounts(pending);
    refuse(error, changes);
    return false;
  }
}

function refuse(error, changes) {
  const why = error instanceof Refused ? error.message : "The server could not be reached.";
  const text = `${changes.length === 1 ? "The mark was" : `${changes.length} marks were`} not saved and taken back. ${why}`;
  showToast({ kind: "error", text, action: { label: "Try again", run: () => apply(changes) } });
}

function enable() {
  document.getElementById("undo")?.setAttribute("aria-disabled", String(done.length === 0));
  document.getElementById("redo")?.setAttribute("aria-disabled", String(undone.length === 0));
}

function say(changes, mark) {
  announce(changes.length === 1 ? WORDS[mark] : `${changes.length} ${WORDS[mark]}`);
}

// A step that the server refused was not taken: it leaves the history it was put into and goes back where it came from.
async function remember(history, step, changes, origin = null) {
  history.push(step);
  enable();
  if (await deliver(changes)) return;
  const index = history.indexOf(step);
  if (index >= 0) history.splice(index, 1);
  origin?.push(step);
  enable();
}

function apply(changes) {
  const before = changes.map(({ id }) => ({ id, mark: markOf(tileById(id)) }));
  undone.length = 0;
  return remember(done, { before, after: changes }, changes);
}

/** Gives tiles a mark: "keep", "reject" or "none". Tiles without a picture are left out. Answers whether any was meant. */
export function markTiles(tiles, mark) {
  const meant = tiles.filter(hasPicture);
  const changes = meant.filter((tile) => markOf(tile) !== mark).map((tile) => ({ id: idOf(tile), mark }));
  if (!meant.length) announce("There is no picture to mark yet");
  else say(meant, mark);
  if (changes.length) apply(changes);
  return meant.length > 0;
}

/** Keeps one tile and rejects the other variations of its prompt, in one step. */
export function keepOnly(tile) {
  const others = [...tile.parentElement.children].filter((other) => other !== tile && hasPicture(other));
  if (!hasPicture(tile)) return false;
  const wanted = [{ id: idOf(tile), mark: "keep" }, ...others.map((other) => ({ id: idOf(other), mark: "reject" }))];
  const changes = wanted.filter(({ id, mark }) => markOf(tileById(id)) !== mark);
  announce(`kept, ${others.length} rejected`);
  if (changes.length) apply(changes);
  return true;
}

// Answers the tiles whose marks were put back, so that the focus can go there.
function step(from, to, side, word) {
  const taken = from.pop();
  if (!taken) {
    announce(`Nothing to ${word}`);
    return [];
  }
  const changes = taken[side].filter(({ id }) => tileById(id));
  announce(`${word}: ${changes.length} ${changes.length === 1 ? "mark" : "marks"}`);
  remember(to, taken, changes, from);
  return changes.map(({ id }) => tileById(id));
}

export const undo = () => step(done, undone, "before", "undo");
export const redo = () => step(undone, done, "after", "redo");

/** Draws counts and marks again after the server has changed parts of the page. */
export function restore() {
  showCounts(pending);
}

/** Whether a tile's mark is on its way; then the server's older view is noted, not drawn. */
export const isPending = (tile) => pending.has(idOf(tile));

export function noteServerMark(tile, mark) {
  pending.get(idOf(tile)).server = mark ?? "none";
}

document.getElementById("undo")?.addEventListener("click", undo);
document.getElementById("redo")?.addEventListener("click", redo);

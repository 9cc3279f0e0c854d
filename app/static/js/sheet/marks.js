// Keep, reject, clear, stars, trash: shown at once, confirmed by the server, taken back visibly if it refuses.
import { showToast } from "../toast.js";
import { announce } from "./announce.js";
import { changeOf, kindOf, positionsOfStep, valueOf } from "./changes.js";
import * as history from "./history.js";
import { isOnSheet, isStacked, mates, stackOf } from "./order.js";
import { isPending, mayHavePicture, onDrawnMark, pendingOf, shownValue } from "./pending.js";
import { grid, tileOfPosition } from "./tiles.js";

export { onDrawnMark as onMarked, pendingOf, isPending };

const WORDS = { keep: "kept", reject: "rejected", none: "cleared" };
const number = new Intl.NumberFormat("en-US");
const counted = (count, one, many = `${one}s`) => `${number.format(count)} ${count === 1 ? one : many}`;

function wordsOf(kind, value) {
  if (kind === "mark") return WORDS[value];
  if (kind === "rating") return value ? counted(value, "star") : "no stars";
  return value ? "in the trash" : "restored";
}

// By the time it is read the focus may be on the next picture: one that is decided about is named.
function say(positions, kind, value) {
  const { prompt, variation } = tileOfPosition(positions[0])?.dataset ?? {};
  const one = prompt ? `Prompt ${prompt}, variation ${variation},` : "";
  announce(`${positions.length === 1 ? one : number.format(positions.length)} ${wordsOf(kind, value)}`.trim());
}

// What is known to show this value already needs no change; what is not loaded may.
const wanting = (positions, kind, value) => positions.filter((position) => shownValue(position, kind) !== value);

function decide(positions, kind, value) {
  const meant = positions.filter(mayHavePicture);
  if (!meant.length) {
    announce("There is no picture to mark yet");
    return false;
  }
  say(meant, kind, value);
  const changing = wanting(meant, kind, value);
  if (changing.length) history.apply([changeOf(changing, kind, value)]);
  return true;
}

/** Gives pictures a mark: "keep", "reject" or "none". Answers whether any was meant. */
export const setMark = (positions, mark) => decide(positions, "mark", mark);

/** Gives pictures 1 to 5 stars, or 0 for none. */
export const setRating = (positions, rating) => decide(positions, "rating", rating);

/** Keeps one picture and rejects the others of its stack, else the other variations of its prompt on this sheet, in one step. */
export function keepOnly(position) {
  const group = isStacked(position) ? stackOf(position) : mates(position).filter(isOnSheet);
  const others = group.filter((other) => other !== position && mayHavePicture(other));
  if (!mayHavePicture(position)) return false;
  announce(`kept, ${number.format(others.length)} rejected`);
  const changes = [[[position], "keep"], [others, "reject"]].map(([positions, mark]) => [wanting(positions, "mark", mark), mark]);
  const steps = changes.filter(([positions]) => positions.length).map(([positions, mark]) => changeOf(positions, "mark", mark));
  if (steps.length) history.apply(steps);
  return true;
}

const isPublished = (position) => "page" in (tileOfPosition(position)?.dataset ?? {});

/** Moves pictures into the trash, or back out of it; they leave the sheet at once and can be brought back. */
export function trash(positions, trashed = grid.dataset.show !== "trash") {
  const meant = positions.filter(mayHavePicture);
  if (!meant.length) {
    announce("There is no picture to move yet");
    return false;
  }
  const free = meant.filter((position) => !(trashed && isPublished(position)));
  if (free.length < meant.length) announce("Published pictures stay where they are");
  if (!free.length) {
    showToast({ kind: "info", text: "Published pictures are not put into the trash. Take their pages down first." });
    return false;
  }
  const areKnown = free.every((position) => tileOfPosition(position));
  const answered = history.apply([changeOf(free, "trashed", trashed)]);
  if (areKnown) sayMoved(free.length, trashed);
  else answered.then(({ skipped, error }) => !error && free.length > skipped.size && sayMoved(free.length - skipped.size, trashed));
  return true;
}

function sayMoved(count, trashed) {
  const text = `${counted(count, "image")} ${trashed ? "moved to the trash" : "restored"}.`;
  announce(text);
  showToast({ kind: "success", text, action: { label: "Undo", run: undo } });
}

async function turn(way, word) {
  const changes = await way();
  if (changes === null) announce(`Nothing to ${word}`);
  else announce(`${word}: ${counted(positionsOfStep(changes).length, "picture")}`);
  return changes ? positionsOfStep(changes) : [];
}

/** Takes the last step back. Resolves to the positions it was about, so that the focus can go there. */
export const undo = () => turn(history.undo, "undo");
export const redo = () => turn(history.redo, "redo");

function refused(changes, error) {
  const count = positionsOfStep(changes).length;
  const what = changes.every((change) => kindOf(change) === "mark") ? "mark" : "change";
  const text = `${count === 1 ? `The ${what} was` : `${number.format(count)} ${what}s were`} not saved and taken back. ${error}`;
  showToast({ kind: "error", text, action: { label: "Try again", run: () => history.apply(changes) } });
}

// A range over pictures that were not loaded may have held some without a picture, or with a page: the server left them out.
function leftOut(changes, skipped) {
  const [change] = changes;
  const count = positionsOfStep(changes).length - skipped.size;
  const kind = kindOf(change);
  const why = kind === "trashed" ? "have a page and stay" : "have no picture";
  announce(`${number.format(Math.max(0, count))} ${wordsOf(kind, valueOf(change))}, ${number.format(skipped.size)} ${why}`);
}

function drawButtons() {
  document.getElementById("undo")?.setAttribute("aria-disabled", String(!history.canUndo()));
  document.getElementById("redo")?.setAttribute("aria-disabled", String(!history.canRedo()));
}

/** Called once by the entry. `go(positions)` brings the focus to what was undone. */
export function start(go) {
  history.onHistory.add(drawButtons);
  history.onSettled.add(({ changes, skipped, error }) => {
    if (error) refused(changes, error);
    else if (skipped.size) leftOut(changes, skipped);
  });
  document.getElementById("undo")?.addEventListener("click", async () => go(await undo()));
  document.getElementById("redo")?.addEventListener("click", async () => go(await redo()));
}

// What each command does on the sheet, and the keys that reach it or what lies over it. Keys act while pictures have the focus,
// and never while typing. They are carried out one after the other, each on the picture it was meant for.
import { advances, nextAfter, setAdvance } from "./advance.js";
import { announce } from "./announce.js";
import { closeCaptions } from "./captions.js";
import { bringBack, catchUp, destination, focusedPlace, focusedPosition, focusPlace, goOn, isMove } from "./focus.js";
import { commandFor } from "./keymap.js";
import { lookingCommands, openers } from "./looking.js";
import { keepOnly, redo, setMark, setRating, trash, undo } from "./marks.js";
import { collapse, expand, isOpen, isStacked, placeOf, stackOf } from "./order.js";
import { mayHavePicture } from "./pending.js";
import { LOST } from "./seek.js";
import { clearSelection, extendTo, hasSelection, selectAll, selectedPositions, setAnchor, toggle } from "./selection.js";
import { grid, mayMark, tileOf } from "./tiles.js";
import { ensure, isInView } from "./window.js";

const press = (id) => document.getElementById(id)?.click();

// Keys may be quicker than tiles: they queue. When the picture they wait for does not come, those behind it mean nothing any
// more and are dropped, rather than falling on whatever is there by then.
let last = Promise.resolve();
let generation = 0;

function enqueue(act) {
  const mine = generation;
  last = last.then(() => {
    if (mine !== generation) return undefined;
    catchUp();
    return act();
  });
  last = last.catch((error) => reportError(error));
  return last;
}

function dropWaiting(why) {
  generation += 1;
  announce(why);
}

// The focused picture, when a person sees it. Scrolled out of sight it is brought back first: nothing is decided unseen.
async function seen() {
  const position = focusedPosition();
  if (position === null) return null;
  if (!isInView(focusedPlace())) {
    focusPlace(focusedPlace());
    announce("Back at the focused picture");
    return null;
  }
  if (await ensure(focusedPlace())) return position;
  dropWaiting("The picture could not be loaded. Nothing was marked");
  return null;
}

/** Brings the focus to what was undone, if it was one picture. */
export function goTo(positions) {
  if (positions.length === 1 && placeOf(positions[0]) >= 0) focusPlace(placeOf(positions[0]));
}

async function decide(change) {
  if (!mayMark) return;
  if (hasSelection()) return void change(selectedPositions());
  const position = await seen();
  if (position === null) return;
  // The focus goes first: taken after the mark is drawn it would have the page laid out for itself.
  const next = mayHavePicture(position) ? nextAfter(position) : null;
  const isKnown = !(next instanceof Promise);
  if (isKnown) goOn(next);
  change([position]);
  if (isKnown) return;
  const found = await next;
  if (found === LOST) dropWaiting("The next picture could not be loaded");
  else goOn(found);
}

const mark = (value) => () => decide((positions) => setMark(positions, value));
const rate = (stars) => () => decide((positions) => setRating(positions, stars));

async function keepOne() {
  const position = mayMark ? await seen() : null;
  if (position !== null) keepOnly(position);
}

async function discard() {
  if (!mayMark) return;
  const positions = hasSelection() ? selectedPositions() : [await seen()].filter((position) => position !== null);
  if (positions.length) trash(positions);
}

async function turnStack() {
  const position = await seen();
  if (position === null) return;
  if (isStacked(position) && !isOpen(position)) {
    expand(position);
    return void announce(`Stack of ${stackOf(position).length} opened`);
  }
  const top = collapse(position);
  if (top === null) return void announce("There is nothing to stack here");
  focusPlace(placeOf(top));
  announce(`Stack of ${stackOf(top).length} closed`);
}

const onSheet = {
  keep: mark("keep"),
  reject: mark("reject"),
  clear: mark("none"),
  rate0: rate(0),
  rate1: rate(1),
  rate2: rate(2),
  rate3: rate(3),
  rate4: rate(4),
  rate5: rate(5),
  keepOnly: keepOne,
  trash: discard,
  stack: turnStack,
  autoAdvance: () => mayMark && setAdvance(!advances()),
  escape: () => closeCaptions() || clearSelection(),
  select: () => focusedPosition() !== null && (bringBack(), toggle(focusedPosition())),
  selectAll,
  undo: async () => mayMark && goTo(await undo()),
  redo: async () => mayMark && goTo(await redo()),
  publish: () => press("publish-open"),
  help: () => press("help-open"),
};

const commands = { grid: { ...onSheet, ...openers }, ...lookingCommands };

/** More commands of a surface: "grid", "loupe", "compare" or "survey". */
export function addCommands(where, more) {
  Object.assign(commands[where], more);
}

/** Does what a key or a button of the sheet means, after everything that was asked for before. */
export const run = (name) => enqueue(() => commands.grid[name]());

const isTyping = (node) => node.closest('input, textarea, select, [contenteditable=""], [contenteditable="true"]') !== null;
// Enter and Space belong to a button or link that has the focus itself.
const isPressing = (event) => ["Enter", " "].includes(event.key) && !event.shiftKey && event.target.closest("button, a, summary") !== null;
const isOurs = (event) => !event.altKey && !event.isComposing && !isTyping(event.target) && !isPressing(event);

function move(name, extends_) {
  const from = focusedPosition();
  if (from === null) return;
  const place = destination(name);
  focusPlace(place);
  if (extends_) extendTo(focusedPosition(), from);
  else setAnchor(focusedPosition());
}

function onGridKey(event) {
  if (!isOurs(event) || !(tileOf(event.target) || event.target === grid)) return;
  const name = commandFor(event, "grid");
  if (!name || !(isMove(name) || name in commands.grid)) return;
  event.preventDefault();
  const { shiftKey } = event;
  if (isMove(name)) enqueue(() => move(name, shiftKey));
  else run(name);
}

/** Keys of what lies over the sheet. */
export function onSurfaceKey(event, where) {
  if (!isOurs(event)) return;
  const command = commands[where][commandFor(event, where)];
  if (!command) return;
  event.preventDefault();
  command(event);
}

/** Called once by the entry. */
export function start() {
  grid.addEventListener("keydown", onGridKey);
  for (const where of Object.keys(lookingCommands)) document.getElementById(where)?.addEventListener("keydown", (event) => onSurfaceKey(event, where));
}

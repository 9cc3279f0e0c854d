// What this person has done and can undo: every step with the changes that take it back. They are known at once for pictures
// that are loaded, and from the server's answer for all others.
import { gather, kindOf, positionsOf, valueOf } from "./changes.js";
import { movePromptCounts, showCounts, showServerCounts } from "./counts.js";
import { promptOf } from "./order.js";
import { begin, end, shownValue } from "./pending.js";
import { send } from "./sending.js";
import { tileOfPosition } from "./tiles.js";

const done = [];
const undone = [];

/** Called after there is something else to undo or to redo. */
export const onHistory = new Set();

/** Called with {changes, skipped: Set, answer} or {changes, error} when the server has decided about a step. */
export const onSettled = new Set();

export const canUndo = () => done.length > 0;
export const canRedo = () => undone.length > 0;
const tell = () => onHistory.forEach((listener) => listener());

const facts = (changes) => changes.flatMap((change) => positionsOf(change).map((position) => [position, kindOf(change), valueOf(change)]));

function make(changes) {
  const step = { changes, before: null, isKnown: true, local: new Map() };
  for (const [position, kind] of facts(changes)) {
    const value = shownValue(position, kind);
    if (value === undefined) step.isKnown = false;
    else if (!step.local.has(`${kind} ${position}`)) step.local.set(`${kind} ${position}`, value);
  }
  return step;
}

// Of two steps about one picture in the same request the later one has changed what the earlier one had made of it.
function learnBefore(step, known, skipped) {
  const found = [];
  for (const [position, kind, value] of facts(step.changes)) {
    const name = `${kind} ${position}`;
    if (skipped.has(position)) continue;
    const was = known.get(name) ?? step.local.get(name);
    known.set(name, value);
    if (was !== undefined && was !== value) found.push([position, kind, was]);
  }
  step.before = gather(found);
}

// What the server has confirmed is at least as new as its answer: older parts of a poll must not turn it back.
// `moved` is shared by the steps of one request, which is one revision: captions move once, by the sum.
function confirm(step, skipped, revision, moved) {
  end(step.changes, (position) => !skipped.has(position), (position, kind, before, after) => {
    const tile = tileOfPosition(position);
    if (tile && before !== after && revision > Number(tile.dataset.revision)) tile.dataset.revision = revision;
    const more = kind === "mark" && before !== undefined ? (after === "keep") - (before === "keep") : 0;
    if (more) moved.set(promptOf(position), (moved.get(promptOf(position)) ?? 0) + more);
  });
}

function settle(step, { answer, skipped, known, moved, isLast, error }) {
  if (answer) confirm(step, skipped, answer.revision, moved);
  else end(step.changes, () => false, () => {});
  if (answer) {
    learnBefore(step, known, skipped);
    if (isLast) {
      movePromptCounts(moved, answer.revision);
      showServerCounts(answer);
    }
  } else {
    showCounts();
    withdraw(step);
  }
  step.settled?.({ skipped, error });
  for (const listener of onSettled) listener({ ...step, skipped, answer, error });
}

// A step that the server refused was not taken: it leaves the history it was put into and goes back where it came from.
function withdraw(step) {
  for (const list of [done, undone]) if (list.includes(step)) list.splice(list.indexOf(step), 1);
  if (step.origin) step.origin.list.push(step.origin.step);
  tell();
}

function take(step, list) {
  list.push(step);
  step.answered = new Promise((resolve) => {
    step.settled = resolve;
  });
  begin(step.changes);
  showCounts();
  send(step.changes, (outcome) => settle(step, outcome));
  tell();
}

/** Does something that can be undone. The promise is kept when the server has decided: {skipped, error}. */
export function apply(changes) {
  undone.length = 0;
  const step = make(changes);
  take(step, done);
  return step.answered;
}

const localBefore = (step) => gather([...step.local].map(([name, value]) => [Number(name.split(" ")[1]), name.split(" ")[0], value]));

async function takeBack(step) {
  if (!step.before && !step.isKnown) await step.answered;
  return step.before ?? localBefore(step);
}

// Answers the changes that were made, or null when there was nothing to take back.
async function turn(from, to) {
  const step = from.pop();
  if (!step) return null;
  tell();
  const changes = await takeBack(step);
  if (changes.length) take(Object.assign(make(changes), { origin: { list: from, step } }), to);
  return changes;
}

export const undo = () => turn(done, undone);
export const redo = () => turn(undone, done);

/** A step kept from before a reload: shown again, and sent again by whoever keeps it. */
export function adopt(changes) {
  const step = make(changes);
  begin(changes);
  showCounts();
  return (outcome) => settle(step, outcome);
}

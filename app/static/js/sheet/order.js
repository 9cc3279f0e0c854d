// The order of the sheet: which position stands at which place. A snapshot of the server's, until a person asks for a newer
// one; here it only changes by opening and closing stacks, and by what this person puts into the trash.
import { parseStacks } from "./runs.js";

let stacks = []; // [{head, members}] as the server sent them; a picture by itself is one without members
let stackAt = new Map(); // position → its stack; only for stacks with members
const open = new Set(); // opened stacks
const gone = new Set(); // positions this person has put into the trash
let places = []; // place → position
let placeNumbers = new Int32Array(0); // position → place, −1 where it is not shown
let perPrompt = 1; // the positions of a prompt follow one another, so many of each; some of them may be gone for good

/** Called without arguments after the places have changed. */
export const onChanged = new Set();

/** Takes over what the page was rendered with. */
export function load({ order, perPrompt: size }) {
  perPrompt = Number(size);
  replace(order);
}

/** Takes over a newer order. Stacks begin closed, and what was gone is there again if the server says so. */
export function replace(order) {
  stacks = parseStacks(order ?? "");
  gone.clear();
  open.clear();
  stackAt = new Map();
  for (const stack of stacks) if (stack.members.length) number(stack);
  arrange();
}

function number(stack) {
  for (const position of [stack.head, ...stack.members]) stackAt.set(position, stack);
}

const present = ({ head, members }) => [head, ...members].filter((position) => !gone.has(position));

function arrange() {
  places = stacks.flatMap((stack) => (open.has(stack) ? present(stack) : present(stack).slice(0, 1)));
  const highest = places.reduce((most, position) => Math.max(most, position), -1);
  placeNumbers = new Int32Array(highest + 1).fill(-1);
  places.forEach((position, place) => {
    placeNumbers[position] = place;
  });
  for (const listener of onChanged) listener();
}

export const count = () => places.length;
export const positionAt = (place) => places[place];

/** The place of a position; −1 when it is not shown: filtered out, in a closed stack, or in the trash. */
export const placeOf = (position) => placeNumbers[position] ?? -1;

/** The place where a position is seen: its own, or that of the picture it lies under. */
export const placeSeen = (position) => (placeOf(position) >= 0 ? placeOf(position) : placeOf(stackOf(position)[0]));

/** Every position of the order, also those inside closed stacks. */
export const everything = () => stacks.flatMap(present);

/** The number of a position's prompt, from 1. */
export const promptOf = (position) => Math.floor(position / perPrompt) + 1;

/** All positions of the same prompt, itself included, whether they are on the sheet or not. */
export function mates(position) {
  const first = position - (position % perPrompt);
  return Array.from({ length: perPrompt }, (_, index) => first + index);
}

/** Whether a position is on the sheet, be it inside a closed stack. */
export const isOnSheet = (position) => placeOf(position) >= 0 || (stackAt.has(position) && !gone.has(position));

export const isGone = (position) => gone.has(position);

/** What is shown in place of a position that is not any more: the next one, after the last the one before; −1 for none. */
export function standInFor(position) {
  const index = stacks.findIndex(({ head, members }) => head === position || members.includes(position));
  const near = [...stacks.slice(index), ...stacks.slice(0, Math.max(0, index)).reverse()];
  const found = near.flatMap(present).find((other) => placeOf(other) >= 0);
  return index >= 0 && found !== undefined ? found : -1;
}

/** The pictures of the stack a position is in, the one on top first; itself alone where there is none. */
export const stackOf = (position) => (stackAt.has(position) ? present(stackAt.get(position)) : [position]);
export const isStacked = (position) => stackAt.has(position) && stackOf(position).length > 1;
export const isOpen = (position) => open.has(stackAt.get(position));

/** How many pictures lie under the one on top of a closed stack. */
export const hiddenUnder = (position) => (isStacked(position) && !isOpen(position) ? stackOf(position).length - 1 : 0);

// Where the server made no stacks, one can still be made of a prompt's pictures.
function stackPrompt(position) {
  const mine = mates(position).filter((mate) => placeOf(mate) >= 0 && !stackAt.has(mate));
  const [head, ...members] = mine.sort((one, other) => placeOf(one) - placeOf(other));
  if (!members.length) return;
  const made = { head, members };
  const under = new Set(members);
  stacks = stacks.filter((stack) => !under.has(stack.head)).map((stack) => (stack.head === head ? made : stack));
  number(made);
}

/** Closes the stack of a position, or makes one of its prompt's pictures. Answers the position on top; null without a stack. */
export function collapse(position) {
  if (!stackAt.has(position)) stackPrompt(position);
  if (!stackAt.has(position)) return null;
  open.delete(stackAt.get(position));
  arrange();
  return stackOf(position)[0];
}

/** Shows every picture of the stack of a position. Answers whether there is one. */
export function expand(position) {
  if (!stackAt.has(position)) return false;
  open.add(stackAt.get(position));
  arrange();
  return true;
}

/** Takes pictures out of the sheet; those after them move up. */
export function remove(positions) {
  for (const position of positions) gone.add(position);
  arrange();
}

/** Puts them back where they were. */
export function restore(positions) {
  for (const position of positions) gone.delete(position);
  arrange();
}

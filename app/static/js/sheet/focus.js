// The focus is a position of the sheet, whether its tile is in the document or not. The tile that has it is in the tab order;
// while that tile is not loaded the grid itself is, so that keys keep working and the next one brings the picture back.
import { columns, lineOf, scrollTo } from "./layout.js";
import { count, onChanged, placeOf, positionAt, standInFor } from "./order.js";
import { grid, positionOf, tileAt, tileOf, tileOfPosition } from "./tiles.js";
import { followFocus, onDrawn, rowsPerScreen, show, wasInView } from "./window.js";

let position = null;
let lastPlace = 0; // where the focus was when its picture was last on the sheet

export const focusedPosition = () => position;

/** The focused place; −1 on an empty sheet. */
export const focusedPlace = () => (position === null ? -1 : placeOf(position));

// `take` gives the keyboard to the next tile, once that is in the tab order and before the last one leaves it: whose place there
// changes while it has the focus has the whole page laid out.
function become(next, take = () => {}) {
  if (next === position) return void take();
  const before = position === null ? null : tileOfPosition(position);
  position = next;
  showInTabOrder();
  take();
  if (before) setTabIndex(before, "-1");
}

function showInTabOrder() {
  if (position !== null) lastPlace = Math.max(0, placeOf(position));
  const tile = position === null ? null : tileOfPosition(position);
  if (tile) setTabIndex(tile, "0");
  setTabIndex(grid, tile ? "-1" : "0");
}

function setTabIndex(element, wanted) {
  if (element.getAttribute("tabindex") !== wanted) element.setAttribute("tabindex", wanted);
}

function takeFocus(place) {
  const target = tileAt(place) ?? grid;
  if (document.activeElement !== target) target.focus({ preventScroll: true });
}

/** Moves the focus to a place and the screen with it. `dom: false` leaves the keyboard where it is, for example in the loupe. */
export function focusPlace(place, { dom = true } = {}) {
  if (place < 0 || place >= count()) return Promise.resolve(null);
  become(positionAt(place), () => dom && takeFocus(place));
  const shown = show(place);
  if (dom) takeFocus(place);
  return shown;
}

let following = null; // the frame after which the screen follows

/**
 * Moves the focus on after a decision. Where lines change for it they do so a frame later, when the decision is seen; until then
 * the document is not asked where anything stands, for it would be laid out once more. `place` is one whose tile is loaded;
 * null leads nowhere.
 */
export function goOn(place) {
  if (place === null) return;
  if (document.hidden) return void focusPlace(place); // it has no frames
  become(positionAt(place), () => takeFocus(place));
  if (wasInView(place)) return;
  following ??= requestAnimationFrame(() => setTimeout(catchUp));
}

/** The screen is where the focus is, without waiting for the frame. */
export function catchUp() {
  if (following === null) return;
  cancelAnimationFrame(following);
  following = null;
  if (focusedPlace() >= 0) show(focusedPlace());
}

// A tile that comes back takes the focus over from the grid.
function afterDraw() {
  showInTabOrder();
  const tile = position === null ? null : tileOfPosition(position);
  if (tile && document.activeElement === grid) tile.focus({ preventScroll: true });
}

// A picture that left the sheet hands the focus on: to the top of its stack, else to what stands in its place now.
function afterChange() {
  if (focusedPlace() < 0) {
    const other = position === null ? -1 : standInFor(position);
    const place = other >= 0 ? placeOf(other) : Math.min(lastPlace, count() - 1);
    become(place >= 0 ? positionAt(place) : null);
  }
  afterDraw();
}

const within = (place) => Math.min(count() - 1, Math.max(0, place));

// A line further, in the same column; from the last full line to the end of a shorter one.
function below(place, by) {
  const target = place + by * columns();
  if (target < 0) return by < -1 ? place % columns() : place;
  if (target < count()) return target;
  return lineOf(count() - 1) > lineOf(place) ? count() - 1 : place;
}

const MOVES = {
  left: (place) => place - 1,
  right: (place) => place + 1,
  up: (place) => below(place, -1),
  down: (place) => below(place, 1),
  lineStart: (place) => place - (place % columns()),
  lineEnd: (place) => place - (place % columns()) + columns() - 1,
  pageUp: (place) => below(place, -rowsPerScreen()),
  pageDown: (place) => below(place, rowsPerScreen()),
  first: () => 0,
  last: () => count() - 1,
};

export const isMove = (name) => name in MOVES;

/** Where a move leads from the focused place; the place itself where there is nothing further. */
export const destination = (move) => within(MOVES[move](Math.max(0, focusedPlace())));

/** Called once by the entry: the first focus is where `place` says. Nobody is pulled away from where they are. */
export function start(place) {
  followFocus(focusedPlace);
  grid.addEventListener("focusin", (event) => {
    const tile = tileOf(event.target);
    if (tile) become(positionOf(tile));
  });
  onDrawn.add(afterDraw);
  onChanged.add(afterChange);
  become(count() ? positionAt(within(place)) : null);
  // The keys work at once; a phone shows no frame for keys it has not.
  const isFree = document.activeElement === document.body && !matchMedia("(pointer: coarse)").matches;
  if (isFree && position !== null) grid.focus({ preventScroll: true }); // its tile takes it over when it is drawn
  document.querySelector('.skip[href="#sheet"]')?.addEventListener("click", (event) => {
    event.preventDefault();
    focusPlace(focusedPlace());
  });
}

/** Brings the focused picture back to where it can be seen. */
export const bringBack = () => scrollTo(focusedPlace());

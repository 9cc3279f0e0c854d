// Where places are on the screen. All cells of the sheet have the same size, so this is arithmetic: the columns come from the
// style sheet, the height of a line is measured once for each width, and no tile is ever asked where it stands.
import { count, positionAt } from "./order.js";
import { grid } from "./tiles.js";

export const field = document.getElementById("prompts");
const toolbar = document.getElementById("toolbar");
const dock = document.getElementById("dock");
const BREATH = 10; // pixels left free above and below what is scrolled to: the focus ring and the pencil reach over the frame
let found = { columns: 1, width: 1, pitch: 1, gap: 0, top: 0, above: 0, below: 0 };

/** Called after places have moved on the screen: with another width, another size of the tiles, another order. */
export const onLayout = new Set();

export const columns = () => found.columns;
export const columnWidth = () => found.width;
export const pitch = () => found.pitch;
export const lineOf = (place) => Math.floor(place / found.columns);
export const lineCount = () => Math.ceil(count() / found.columns);

// Where the window stands, as it was told last: asking the document right after changing it would have it laid out at once.
let view = { top: window.scrollY, height: window.innerHeight };

/** Looks where the window stands now. */
export function look() {
  view = { top: window.scrollY, height: window.innerHeight };
  return view;
}

const screenTop = () => view.top + found.above;
const screenBottom = () => view.top + view.height - found.below;
const topOf = (line) => found.top + line * found.pitch;

/** Whole lines that fit between the toolbar and the dock; at least one. */
export const rowsPerScreen = () => Math.max(1, Math.floor((screenBottom() - screenTop()) / found.pitch));

/** The first and the last line of which something can be seen. */
export function visibleLines() {
  const last = Math.max(0, lineCount() - 1);
  const within = (line) => Math.min(last, Math.max(0, line));
  return [within(Math.floor((screenTop() - found.top) / found.pitch)), within(Math.floor((screenBottom() - found.top) / found.pitch))];
}

// The first and the last place of which something can be seen.
function visiblePlaces() {
  const [first, last] = visibleLines();
  return [first * found.columns, Math.min(count(), (last + 1) * found.columns) - 1];
}

/** Whether a person sees this place: all of its line, or as much of it as the screen can hold. */
export function isInView(place) {
  look();
  return wasInView(place);
}

/** The same, as the window stood when it was looked at last: for what has just changed the document and moved nothing. */
export function wasInView(place) {
  const top = topOf(lineOf(place));
  const bottom = top + found.pitch - found.gap;
  if (bottom - top > screenBottom() - screenTop()) return top < screenBottom() && bottom > screenTop();
  return top >= screenTop() - 1 && bottom <= screenBottom() + 1;
}

/** Scrolls as little as is needed to see a place. */
export function scrollTo(place) {
  look();
  const top = topOf(lineOf(place)) - BREATH;
  const bottom = top + found.pitch - found.gap + 2 * BREATH;
  if (top < screenTop()) goTo(top - found.above);
  else if (bottom > screenBottom()) goTo(Math.min(top - found.above, bottom + found.below - view.height));
}

function goTo(top) {
  window.scrollTo({ top, behavior: "instant" });
  look();
}

/** What is held still while lines move: the focused picture if it is seen, else the first one that is. */
export function anchor(focusedPlace) {
  look();
  const place = focusedPlace >= 0 && isInView(focusedPlace) ? focusedPlace : visiblePlaces()[0];
  return { position: positionAt(place), away: topOf(lineOf(place)) - view.top };
}

/** Puts a place as far from the top of the screen as it was. */
export function holdStill(place, away) {
  const top = topOf(lineOf(place)) - away;
  if (Math.abs(top - look().top) >= 1) goTo(top);
}

const number = (value) => Number.parseFloat(value) || 0;

/** Reads sizes from the document. Answers whether places have moved against each other, and whether all of them have been shifted. */
export function measure() {
  const style = getComputedStyle(field);
  const tracks = style.gridTemplateColumns.split(" ").map(number);
  const width = tracks[0] || 1;
  const { width: wide, height: high } = grid.dataset;
  field.style.setProperty("--box", `${Math.round((width * (Number(high) || 1)) / (Number(wide) || 1))}px`);
  const gap = number(style.rowGap);
  const next = {
    columns: tracks.length,
    width,
    gap,
    pitch: number(getComputedStyle(field).gridAutoRows) + gap,
    top: field.getBoundingClientRect().top + look().top,
    above: toolbar ? toolbar.offsetHeight : 0,
    below: dock ? dock.offsetHeight : 0,
  };
  const moved = next.columns !== found.columns || next.pitch !== found.pitch;
  const shifted = Math.abs(next.top - found.top) >= 1;
  found = next;
  field.style.setProperty("--pitch", `${found.pitch}px`);
  field.style.setProperty("--column", `${width}px`);
  recount();
  return { moved, shifted };
}

/** The sheet is as high as all its lines, loaded or not: the scrollbar tells the truth. */
export function recount() {
  field.style.setProperty("--lines", String(lineCount()));
}

// One picture, large: step through, mark what is shown, read about it. Closing it returns to the tile it ended on.
import { recall, remember } from "../preferences.js";
import { announce } from "./announce.js";
import { deciding } from "./deciding.js";
import { fetchFacts, leaveFacts } from "./facts.js";
import { focusPlace } from "./focus.js";
import { follow, stopFollowing } from "./follow.js";
import { listen } from "./gestures.js";
import { DROP } from "./in_turn.js";
import { count, expand, isOnSheet, placeOf } from "./order.js";
import { Pane } from "./pane.js";
import { pictureAtPosition, pictureOf } from "./pictures.js";
import { forget, preload } from "./preload.js";
import { LOST, seek } from "./seek.js";
import { drawStrip, positionOfThumb } from "./strip.js";
import { closeSurface, onLeave, onPageChange, openSurface, showMarking, write } from "./surface.js";
import { canLookAt, hasPicture, tileAt } from "./tiles.js";
import { ensure } from "./window.js";

const PART = 0.18; // of the stage, for an arrow while zoomed
const NOTHING = "This picture could not be loaded";
const number = new Intl.NumberFormat("en-US");
export const loupe = document.getElementById("loupe");
const part = (selector) => loupe.querySelector(selector);
const pane = loupe ? new Pane(part(".pane"), drawZoom) : null;
let pointer = () => null;
let place = -1; // where the picture that is shown stands; it moves when others leave the sheet
let steps = 0; // so that an answer that comes late does not undo a later step
let direction = 1;

/** The position of the picture that is shown; null while the loupe is closed. */
export const shownPosition = () => pane?.picture?.position ?? null;

/** Opens the loupe, or moves it, to what stands at a place. Answers whether there is something to look at. */
export async function openLoupe(at, { zoomed = false, edit = false, side = false } = {}) {
  const step = (steps += 1);
  const tile = tileAt(at) ?? (await ensure(at));
  if (step !== steps) return false;
  if (!tile || !canLookAt(tile)) return void announce(tile ? "There is no picture to look at yet" : NOTHING);
  if (side) remember("loupe-side", "open");
  openSurface(loupe, part(".pane"));
  showPlace(at, { edit });
  if (zoomed && !pane.isZoomed) pane.toggle();
  return true;
}

/** The same for a position, also one that lies in a closed stack: that is opened. */
export function openLoupeOn(position, options) {
  if (placeOf(position) < 0 && isOnSheet(position)) expand(position);
  return openLoupe(placeOf(position), options);
}

/** Opens the loupe of a refused image where its prompt can be changed. */
export const editPrompt = (at) => openLoupe(at, { edit: true });

function showPlace(at, { edit = false } = {}) {
  if (at !== place) direction = at < place ? -1 : 1;
  place = at;
  const picture = pictureOf(tileAt(at));
  pane.show(picture, pane.picture && pane.isZoomed ? pane.view : null);
  announce(picture.label);
  setSide(picture, edit);
  draw(picture);
  follow(at);
  prepare();
}

function draw(picture) {
  pane.element.setAttribute("aria-label", picture.label);
  write(loupe, "number", picture.number);
  write(loupe, "place", `${number.format(place + 1)} of ${number.format(count())}`);
  showMarking(loupe, picture);
  drawStrip(part(".strip"), place);
}

function drawZoom() {
  write(loupe, "zoom", pane.percent === null ? "" : `${pane.percent} %`);
  part(".looking-zoom").setAttribute("aria-pressed", String(pane.isZoomed));
}

// The next two in the direction of travel and the one before are decoded while this one is looked at.
function prepare() {
  const wanted = [direction, 2 * direction, -direction].map((by) => place + by);
  const pictures = wanted.map(tileAt).filter((tile) => tile && hasPicture(tile)).map(pictureOf);
  preload(pictures.map((picture) => pane.addressOf(picture)));
}

// Goes to a place that may still have to be found. Where it is known, it is shown before the next frame.
function goTo(found, otherwise) {
  if (typeof found === "number" && found !== LOST) return void showPlace(found);
  if (found === LOST || found === null) return lost(found, otherwise);
  const mine = (steps += 1);
  return found.then((at) => (mine === steps && loupe.open ? goTo(at, otherwise) : undefined));
}

function lost(found, otherwise) {
  if (found === null) return otherwise();
  announce(NOTHING);
  return DROP;
}

function step(by) {
  return goTo(seek(place, by, canLookAt), () => void announce(by > 0 ? "This is the last picture" : "This is the first picture"));
}

// After the last picture one goes back to the one before, never round to the first.
function onward() {
  return goTo(seek(place, 1, hasPicture), () => goTo(seek(place, -1, hasPicture), () => undefined));
}

const isPhone = () => matchMedia("(max-width: 720px)").matches;
const wishedSide = () => recall("loupe-side") ?? (isPhone() ? "closed" : "open");

// What is to be read and done about a missing picture stands in the side, whatever a person likes for others.
function setSide(picture, edit = false) {
  const side = picture.large && !edit ? wishedSide() : "open";
  loupe.dataset.side = side;
  for (const button of loupe.querySelectorAll('[data-does="info"]')) button.setAttribute("aria-expanded", String(side === "open"));
  if (side === "open") fetchFacts(picture, { edit });
  else leaveFacts();
}

function toggleSide() {
  remember("loupe-side", loupe.dataset.side === "open" ? "closed" : "open");
  setSide(pane.picture);
}

// The page has changed: what is shown may have changed with it, but it stays where it is, with its file.
function sync() {
  if (!loupe.open || !pane.picture) return;
  const at = placeOf(pane.picture.position);
  if (at < 0) return leaveGone();
  const before = pane.picture;
  const picture = pictureAtPosition(before.position) ?? before;
  place = at;
  pane.update(picture);
  draw(picture);
  if (picture.state !== before.state) setSide(picture);
  if (picture.state !== before.state) announce(picture.label);
}

// What was shown has left the sheet: next is the one that now stands in its place, or the nearest one there is to look at.
async function leaveGone() {
  const mine = (steps += 1);
  const at = Math.min(place, count() - 1);
  for (const [from, by] of [[at - 1, 1], [at, -1]]) {
    const found = await seek(from, by, canLookAt);
    if (mine !== steps || !loupe.open) return;
    if (found !== null && found !== LOST) return void showPlace(found);
  }
  closeSurface(loupe);
}

// Close up the arrows lead over the picture, otherwise to the next one.
const arrow = (x, y, by) => () => pane.panPart(x * PART, y * PART) || step(by);

export const loupeCommands = {
  ...deciding({
    shown: () => pane.picture,
    onward,
    back: (position) => placeOf(position) >= 0 && placeOf(position) !== place && openLoupe(placeOf(position)),
  }),
  left: arrow(-1, 0, -1),
  right: arrow(1, 0, 1),
  up: arrow(0, -1, -1),
  down: arrow(0, 1, 1),
  previous: () => step(-1),
  next: () => step(1),
  pageUp: () => step(-1),
  pageDown: () => step(1),
  first: () => openLoupe(0),
  last: () => openLoupe(count() - 1),
  lineStart: () => openLoupe(0),
  lineEnd: () => openLoupe(count() - 1),
  zoom: () => pane.toggle(pointer()),
  info: toggleSide,
  loupe: () => closeSurface(loupe),
  close: () => closeSurface(loupe),
  escape: () => (pane.isZoomed ? pane.fit({ glide: true }) : closeSurface(loupe)),
};

function onSwipe(to) {
  if (to === "down") closeSurface(loupe);
  else step(to === "left" ? 1 : -1);
}

if (loupe) {
  pointer = listen(pane.element, {
    zoomed: () => pane.isZoomed,
    pan: (by) => pane.panBy(by),
    zoom: (factor, point) => pane.zoomBy(factor, point),
    press: (point) => pane.toggle(point),
    twice: (point) => pane.toggle(point),
    drag: (by) => pane.drag(by),
    swipe: onSwipe,
  });
  part(".strip").addEventListener("click", (event) => {
    const position = positionOfThumb(event);
    if (position !== null) openLoupe(placeOf(position));
  });
  onLeave(loupe, ({ atHome }) => {
    steps += 1;
    stopFollowing();
    leaveFacts();
    pane.clear();
    forget();
    if (atHome) focusPlace(place, { dom: true });
  });
  onPageChange(sync);
}

// Only what is on the screen and around it is in the document, whatever the size of the job. Tiles come in pages as they are
// needed and go when they are far away; nobody's focus, selection or screen moves by it.
import { dress } from "./dress.js";
import { anchor, columns, field, holdStill, isInView, lineCount, lineOf, look, measure, onLayout, recount, rowsPerScreen, scrollTo, wasInView } from "./layout.js";
import { drawLines, keepingFocus, moveLines } from "./lines.js";
import { count, onChanged, placeOf, positionAt, remove, replace } from "./order.js";
import { ask, giveUp, giveUpAll, isIdle, mayAskAgainIn } from "./pages.js";
import { linesOf, pageOf, pagesAround, pagesNeeded, placesOf } from "./paging.js";
import { formatRuns } from "./runs.js";
import { forget, grid, loadedTiles, placeOfTile, positionOf, register, tileAt, tileOfPosition } from "./tiles.js";

export { columns, isInView, rowsPerScreen, wasInView };

const FAST = 90; // milliseconds a hurried scroll has to rest before anything is asked for
const waiting = new Map(); // position → those who wait for its tile
let latest = -1; // the position somebody has waited for last: its page stays, wherever the screen is

/** Called with the tiles that have just come into the document. */
export const onTiles = new Set();

/** Called after tiles have left the document or have been moved in it. */
export const onDrawn = new Set();

// A page somebody waits for is wanted wherever the screen is.
const awaited = () => [latest, ...waiting.keys()].map(placeOf).filter((place) => place >= 0);
const wantedPages = () => pagesAround(awaited());

let drawnPages = new Set();

function draw(wanted) {
  keepingFocus(() => {
    const kept = new Set([...wanted].flatMap(linesOf));
    for (const tile of [...loadedTiles()]) {
      const at = placeOfTile(tile);
      if (at < 0 || !kept.has(lineOf(at))) forget(tile);
    }
    drawLines(kept, placesOf);
  });
  drawnPages = wanted;
  for (const listener of onDrawn) listener();
}

/** The page has changed in places: what tiles show because of where they stand is drawn again. */
export function redress() {
  for (const tile of loadedTiles()) {
    const at = placeOfTile(tile);
    if (at >= 0) dress(tile, at, at % columns(), columns());
  }
}

function missing(page) {
  return linesOf(page).flatMap(placesOf).filter((at) => tileAt(at) === null).map(positionAt);
}

// What is needed comes side by side, and then what is next to it one page after the other: many tiles in one frame make it a long one.
function load(wanted) {
  giveUp(wanted);
  const needed = pagesNeeded(awaited());
  for (const page of wanted) {
    const positions = missing(page);
    if (!positions.length || !(needed.has(page) || isIdle())) continue;
    ask(page, positions, (tiles) => (tiles ? arrive(tiles, positions) : lack(positions)));
  }
}

function arrive(tiles, asked) {
  const wanted = wantedPages();
  const news = tiles.filter((tile) => {
    const at = placeOfTile(tile);
    return at >= 0 && wanted.has(pageOf(at)) && !tileOfPosition(positionOf(tile));
  });
  for (const tile of news) register(tile);
  for (const listener of onTiles) listener(news); // before they are seen: marks on their way are drawn on them
  draw(wanted);
  for (const tile of news) if (tile.querySelector("[hx-post], [hx-get]")) window.htmx.process(tile);
  for (const tile of news) answer(positionOf(tile), tile);
  dropPurged(tiles, asked);
  load(wantedPages());
}

// What was asked for and did not come does not exist any more: nobody waits for it, and nobody asks again.
function dropPurged(tiles, asked) {
  const there = new Set(tiles.map(positionOf));
  const gone = asked.filter((position) => !there.has(position));
  if (!gone.length) return;
  for (const position of gone) answer(position, null);
  remove(gone);
}

function answer(position, tile) {
  for (const resolve of waiting.get(position) ?? []) resolve(tile);
  waiting.delete(position);
}

// Those who wait for one of these get nothing; the page itself is asked for again while it is wanted.
function lack(positions) {
  for (const position of positions) answer(position, null);
  setTimeout(update, mayAskAgainIn + 50);
}

let timer = null;
let lastTop = 0;

/** Brings the document up to what the screen shows. */
export function update() {
  const { top, height } = look();
  const wanted = wantedPages();
  const changed = wanted.size !== drawnPages.size || [...wanted].some((page) => !drawnPages.has(page));
  if (changed) draw(wanted);
  clearTimeout(timer);
  const hurried = Math.abs(top - lastTop) > 2 * height;
  lastTop = top;
  if (hurried) timer = setTimeout(() => load(wantedPages()), FAST);
  else load(wanted);
}

/** The tile at a place, once it is in the document; null where it cannot be loaded or is no place. */
export function ensure(at) {
  const tile = tileAt(at);
  if (tile || at < 0 || at >= count()) return Promise.resolve(tile);
  const position = positionAt(at);
  latest = position;
  return new Promise((resolve) => {
    waiting.set(position, [...(waiting.get(position) ?? []), resolve]);
    clearTimeout(timer);
    load(wantedPages());
  });
}

/** Scrolls to a place and answers its tile. */
export function show(at) {
  scrollTo(at);
  update();
  return ensure(at);
}

/** The positions whose tiles are in the document, as the feed wants them. */
export const loadedRuns = () => formatRuns([...loadedTiles()].map(positionOf).sort((a, b) => a - b));

let focusedPlace = () => -1;

/** Who knows the focused place says so here: it is what stays in place when lines move. */
export function followFocus(known) {
  focusedPlace = known;
}

/** Takes over a newer order while what a person looks at stays where it is. */
export function renew(text) {
  const held = anchor(focusedPlace());
  replace(text);
  if (placeOf(held.position) >= 0) holdStill(placeOf(held.position), held.away);
}

function relayout(held) {
  giveUpAll();
  for (const position of [...waiting.keys()]) if (placeOf(position) < 0) answer(position, null);
  moveLines();
  grid.setAttribute("aria-rowcount", lineCount());
  grid.setAttribute("aria-colcount", columns());
  if (held && placeOf(held.position) >= 0) holdStill(placeOf(held.position), held.away);
  draw(wantedPages());
  load(wantedPages());
  for (const listener of onLayout) listener();
}

function resized() {
  const held = anchor(focusedPlace());
  const { moved, shifted } = measure();
  if (moved) return relayout(held);
  // What grows above the sheet does not push down what somebody looks at further below.
  if (shifted && look().top > 0 && held.position !== undefined) holdStill(placeOf(held.position), held.away);
  return update();
}

let framed = false;
function onScroll() {
  if (framed) return;
  framed = true;
  requestAnimationFrame(() => {
    framed = false;
    update();
  });
}

// What the server has rendered into the page: its tiles are taken over, its rows made way for ours.
function adopt() {
  const tiles = [...field.querySelectorAll(".tile")];
  tiles.forEach(register);
  field.style.minHeight = `${field.offsetHeight}px`; // while it is empty the page stays where it is scrolled to
  field.replaceChildren();
  grid.dataset.windowed = "";
  measure();
  field.style.minHeight = "";
  for (const tile of tiles) for (const button of tile.querySelectorAll("[form]")) button.removeAttribute("form"); // see _tile.html
  for (const listener of onTiles) listener(tiles);
}

/** Called once by the entry, when every module has put up its listeners; `begin` scrolls to where one was. */
export function start(begin) {
  adopt();
  begin();
  relayout(null);
  onChanged.add(() => {
    recount();
    relayout(null);
  });
  window.addEventListener("scroll", onScroll, { passive: true });
  const watcher = new ResizeObserver(resized);
  for (const element of document.querySelectorAll("#sheet, #job-head, #toolbar, #dock")) watcher.observe(element, { box: "border-box" });
  new MutationObserver(resized).observe(document.documentElement, { attributes: true, attributeFilter: ["style", "data-theme"] });
}

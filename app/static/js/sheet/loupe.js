// One picture, large: step through, mark what is shown, read about it. Closing it returns to the tile it ended on.
import { recall, remember } from "../preferences.js";
import { announce } from "./announce.js";
import { focusTile } from "./focus.js";
import { onMarked } from "./marks.js";
import { canLookAt, grid, hasPicture, idOf, loadMore, markOf, neighbour, nextPicture, nextTile } from "./tiles.js";

const NEARBY = 12; // thumbnails on either side of the one that is shown
const AHEAD = 2; // pictures loaded before they are asked for
const SWIPE = 44; // pixels to the side that make a swipe
const EMPTY_ID = "00000000-0000-0000-0000-000000000000";
const PRESSED = { keep: "keep", reject: "reject", clear: "none" };

export const loupe = document.getElementById("loupe");
const part = (selector) => loupe.querySelector(selector);
const preloaded = new Map();
let shown = null;
let drawnState = null;
let question = null;
let edits = false; // whether the prompt gets the focus when the facts are there

export const shownTile = () => shown;

export function openLoupe(tile) {
  if (!tile) return;
  if (!canLookAt(tile)) return void announce("There is no picture to look at yet");
  shown = tile;
  edits = false;
  if (!loupe.open) loupe.showModal();
  draw();
  part(".loupe-scroll").focus({ preventScroll: true });
}

/** Opens the loupe of a refused image where its prompt can be changed. */
export function editPrompt(tile) {
  openLoupe(tile);
  edits = true;
}

export function closeLoupe() {
  loupe.close();
}

export function stepLoupe(step) {
  const target = nextTile(shown, step, canLookAt);
  if (!target) announce(step > 0 ? "This is the last picture" : "This is the first picture");
  if (!target || !neighbour(target, 1)) loadMore();
  if (target) openLoupe(target);
}

/** Between the whole picture and the original, pixel by pixel, with the given point of it (0 to 1) in the middle. */
export function toggleZoom(x = 0.5, y = 0.5) {
  if (!part(".loupe-picture")) return;
  const full = loupe.dataset.zoom !== "full";
  loupe.dataset.zoom = full ? "full" : "fit";
  if (!full) return;
  const picture = part(".loupe-picture");
  const original = shown.dataset.large.replace(/large$/, "original");
  if (picture.getAttribute("src") !== original) picture.src = original;
  const stage = part(".loupe-scroll");
  stage.scrollTo(x * picture.clientWidth - stage.clientWidth / 2, y * picture.clientHeight - stage.clientHeight / 2);
}

export function toggleSide() {
  loupe.dataset.side = loupe.dataset.side === "open" ? "closed" : "open";
  remember("loupe-side", loupe.dataset.side);
  if (loupe.dataset.side === "open") drawFacts();
}

/** The server has changed the page: what is shown may have changed with it. */
export function syncLoupe() {
  if (!loupe.open) return;
  if (!shown?.isConnected) return closeLoupe();
  if (shown.dataset.state === drawnState) drawMarks();
  else draw();
}

function draw() {
  drawnState = shown.dataset.state;
  loupe.dataset.zoom = "fit";
  loupe.toggleAttribute("data-picture", hasPicture(shown));
  // What is to be read and done about a missing picture stands in the side.
  loupe.dataset.side = hasPicture(shown) ? (recall("loupe-side") ?? "open") : "open";
  part(".loupe-frame").replaceChildren(shown.querySelector(".shape").cloneNode(true), hasPicture(shown) ? large() : note(), shown.querySelector(".pencil").cloneNode(true));
  drawMarks();
  drawStrip();
  drawFacts();
  preload();
}

// A new element for each picture: until it is there the blur shows, never the picture before.
function large() {
  const { src, ...size } = thumbnail(shown);
  return Object.assign(document.createElement("img"), { ...size, className: "loupe-picture", alt: shown.getAttribute("aria-label"), src: shown.dataset.large });
}

// The words of the tile, without its button: that is in the side.
function note() {
  const copy = shown.querySelector(".tile-note").cloneNode(true);
  copy.className = "loupe-note";
  copy.dataset.state = shown.dataset.state;
  copy.querySelectorAll("form, a").forEach((element) => element.remove());
  return copy;
}

function thumbnail(tile) {
  const picture = tile.querySelector(".tile-picture");
  return { width: picture.getAttribute("width"), height: picture.getAttribute("height"), src: picture.getAttribute("src") };
}

function setMark(element, mark) {
  if (mark === "none") delete element.dataset.mark;
  else element.dataset.mark = mark;
}

function drawMarks() {
  const mark = markOf(shown);
  setMark(part(".loupe-frame"), mark);
  for (const [does, value] of Object.entries(PRESSED)) {
    for (const button of loupe.querySelectorAll(`[data-does="${does}"]`)) button.setAttribute("aria-pressed", String(mark === value));
  }
  for (const thumb of loupe.querySelectorAll(".loupe-thumb")) setMark(thumb, markOf(thumb.tile));
}

function around() {
  const before = [];
  const after = [];
  for (let tile = nextTile(shown, -1, canLookAt); tile && before.length < NEARBY; tile = nextTile(tile, -1, canLookAt)) before.unshift(tile);
  for (let tile = nextTile(shown, 1, canLookAt); tile && after.length < NEARBY; tile = nextTile(tile, 1, canLookAt)) after.push(tile);
  return [...before, shown, ...after];
}

function thumbOf(tile) {
  const image = hasPicture(tile)
    ? Object.assign(document.createElement("img"), { ...thumbnail(tile), alt: "", decoding: "async" })
    : tile.querySelector(".shape").cloneNode(true);
  const thumb = Object.assign(document.createElement("button"), { type: "button", className: "loupe-thumb", tabIndex: -1, tile });
  thumb.setAttribute("aria-label", tile.getAttribute("aria-label"));
  thumb.append(image, tile.querySelector(".pencil").cloneNode(true));
  setMark(thumb, markOf(tile));
  thumb.dataset.state = tile.dataset.state;
  return thumb;
}

function drawStrip() {
  const strip = part(".loupe-strip");
  const old = new Map([...strip.children].map((thumb) => [thumb.tile, thumb]));
  strip.replaceChildren(...around().map((tile) => (old.get(tile)?.dataset.state === tile.dataset.state ? old.get(tile) : thumbOf(tile))));
  for (const thumb of strip.children) {
    if (thumb.tile === shown) thumb.setAttribute("aria-current", "true");
    else thumb.removeAttribute("aria-current");
  }
  const current = strip.querySelector('[aria-current="true"]');
  strip.scrollLeft = current.offsetLeft - (strip.clientWidth - current.offsetWidth) / 2;
}

// The facts are fetched for the picture one stays with, not for each one that is passed.
function drawFacts() {
  clearTimeout(question);
  if (loupe.dataset.side !== "open") return;
  const tile = shown;
  question = setTimeout(() => {
    if (tile !== shown || !loupe.open) return;
    const address = grid.dataset.imageUrl.replace(EMPTY_ID, idOf(tile));
    window.htmx.ajax("GET", address, { source: "#loupe-facts", target: "#loupe-facts", swap: "outerHTML" });
  }, 120);
}

function onFacts(event) {
  if (!edits || !event.detail.ctx.target?.matches?.("#loupe-facts")) return;
  edits = false;
  document.getElementById("rerun-prompt")?.focus();
}

function preload() {
  let tile = nextPicture(shown);
  for (let count = 0; tile && count < AHEAD; count += 1, tile = nextPicture(tile)) {
    const address = tile.dataset.large;
    if (!preloaded.has(address)) preloaded.set(address, Object.assign(new Image(), { src: address }));
  }
  while (preloaded.size > 12) preloaded.delete(preloaded.keys().next().value);
}

if (loupe) {
  loupe.dataset.side = recall("loupe-side") ?? "open";
  loupe.addEventListener("close", () => {
    focusTile(shown);
    shown = null;
    preloaded.clear();
  });
  part(".loupe-strip").addEventListener("click", (event) => {
    const thumb = event.target.closest(".loupe-thumb");
    if (thumb) openLoupe(thumb.tile);
  });
  part(".loupe-frame").addEventListener("click", (event) => {
    const box = part(".loupe-frame").getBoundingClientRect();
    toggleZoom((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  });
  let start = null;
  part(".loupe-stage").addEventListener("pointerdown", (event) => {
    start = event.pointerType === "touch" && loupe.dataset.zoom === "fit" ? event : null;
  });
  part(".loupe-stage").addEventListener("pointerup", (event) => {
    const [x, y] = start ? [event.clientX - start.clientX, event.clientY - start.clientY] : [0, 0];
    if (Math.abs(x) > SWIPE && Math.abs(x) > 2 * Math.abs(y)) stepLoupe(x < 0 ? 1 : -1);
  });
  document.addEventListener("htmx:after:swap", onFacts);
  onMarked.add(() => loupe.open && drawMarks());
}

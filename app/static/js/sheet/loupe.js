// One picture, large: step through, mark what is shown, read about it. Closing it returns to the tile it ended on.
import { recall, remember } from "../preferences.js";
import { announce } from "./announce.js";
import { focusTile } from "./focus.js";
import { onMarked } from "./marks.js";
import { hasPicture, idOf, loadMore, markOf, neighbour, nextPicture, grid } from "./tiles.js";

const NEARBY = 12; // thumbnails on either side of the one that is shown
const AHEAD = 2; // pictures loaded before they are asked for
const EMPTY_ID = "00000000-0000-0000-0000-000000000000";
const PRESSED = { keep: "keep", reject: "reject", clear: "none" };

export const loupe = document.getElementById("loupe");
const part = (selector) => loupe.querySelector(selector);
const preloaded = new Map();
let shown = null;
let question = null;

export const shownTile = () => shown;

export function openLoupe(tile) {
  if (!tile) return;
  const target = hasPicture(tile) ? tile : null;
  if (!target) return void announce("There is no picture to look at yet");
  shown = target;
  if (!loupe.open) loupe.showModal();
  draw();
  part(".loupe-stage").focus({ preventScroll: true });
}

export function closeLoupe() {
  loupe.close();
}

export function stepLoupe(step) {
  const target = nextPicture(shown, step);
  if (!target) announce(step > 0 ? "This is the last picture" : "This is the first picture");
  if (!target || !neighbour(target, 1)) loadMore();
  if (target) openLoupe(target);
}

export function toggleZoom() {
  loupe.dataset.zoom = loupe.dataset.zoom === "full" ? "fit" : "full";
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
  drawMarks();
}

function draw() {
  const picture = part(".loupe-picture");
  const { naturalWidth, naturalHeight } = sizeOf(shown);
  loupe.dataset.zoom = "fit";
  picture.width = naturalWidth;
  picture.height = naturalHeight;
  picture.alt = shown.getAttribute("aria-label");
  picture.src = shown.dataset.large;
  drawMarks();
  drawStrip();
  drawFacts();
  preload();
}

function sizeOf(tile) {
  const picture = tile.querySelector(".tile-picture");
  return { naturalWidth: Number(picture.getAttribute("width")), naturalHeight: Number(picture.getAttribute("height")) };
}

function setMark(element, mark) {
  if (mark === "none") delete element.dataset.mark;
  else element.dataset.mark = mark;
}

function drawMarks() {
  const mark = markOf(shown);
  setMark(part(".loupe-frame"), mark);
  for (const [does, value] of Object.entries(PRESSED)) {
    part(`.loupe-marks [data-does="${does}"]`)?.setAttribute("aria-pressed", String(mark === value));
  }
  for (const thumb of loupe.querySelectorAll(".loupe-thumb")) setMark(thumb, markOf(thumb.tile));
}

function around() {
  const before = [];
  const after = [];
  for (let tile = nextPicture(shown, -1); tile && before.length < NEARBY; tile = nextPicture(tile, -1)) before.unshift(tile);
  for (let tile = nextPicture(shown, 1); tile && after.length < NEARBY; tile = nextPicture(tile, 1)) after.push(tile);
  return [...before, shown, ...after];
}

function thumbOf(tile) {
  const picture = tile.querySelector(".tile-picture");
  const image = Object.assign(document.createElement("img"), { alt: "", src: picture.src, decoding: "async" });
  image.width = picture.getAttribute("width");
  image.height = picture.getAttribute("height");
  const thumb = Object.assign(document.createElement("button"), { type: "button", className: "loupe-thumb", tabIndex: -1, tile });
  thumb.setAttribute("aria-label", tile.getAttribute("aria-label"));
  thumb.append(image, tile.querySelector(".pencil").cloneNode(true));
  setMark(thumb, markOf(tile));
  return thumb;
}

function drawStrip() {
  const strip = part(".loupe-strip");
  const old = new Map([...strip.children].map((thumb) => [thumb.tile, thumb]));
  strip.replaceChildren(...around().map((tile) => old.get(tile) ?? thumbOf(tile)));
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
  part(".loupe-picture").addEventListener("click", toggleZoom);
  onMarked.add(() => loupe.open && drawMarks());
}

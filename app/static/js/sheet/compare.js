// Two pictures side by side: the select stays, the candidate is stepped through; both show the same part, and one of them is
// the active one that marks and stars are for.
import { announce } from "./announce.js";
import { deciding } from "./deciding.js";
import { focusPlace } from "./focus.js";
import { follow, stopFollowing } from "./follow.js";
import { listen } from "./gestures.js";
import { inStep } from "./in_step.js";
import { openLoupeOn } from "./loupe.js";
import { isOnSheet, placeSeen, positionAt } from "./order.js";
import { forgetPictures, pictureAtPosition, picturesAt, pictureOf } from "./pictures.js";
import { forget, preload } from "./preload.js";
import { LOST, seek } from "./seek.js";
import { closeSurface, onLeave, onPageChange, openSurface, showMarking, write } from "./surface.js";
import { hasPicture, tileAt } from "./tiles.js";

const PART = 0.18; // of a stage, for Shift and an arrow
const OTHER = { select: "candidate", candidate: "select" };
const NAMES = { select: "Select", candidate: "Candidate" };
export const compare = document.getElementById("compare");
const sides = {}; // name → {element, pane, pointer}
let active = "candidate";
let steps = 0;

const positionOn = (side) => sides[side].pane.picture?.position ?? null;
const placeOn = (side) => placeSeen(positionOn(side) ?? -1);

/** Compares two positions; with one, it and the picture after it, or before it where there is none. */
export async function openCompare(select, candidate = null) {
  const mine = (steps += 1);
  const other = candidate ?? (await neighbour(placeSeen(select), 1, [select]));
  if (other === null) return void announce("There is no second picture to compare with");
  const pictures = await picturesAt([select, other]);
  if (mine !== steps || !pictures) return;
  if (pictures.length < 2 || pictures.some(({ large }) => !large)) return void announce("Only two finished pictures can be compared");
  openSurface(compare, sides.candidate.pane.element);
  put("select", pictures[0]);
  put("candidate", pictures[1]);
  activate("candidate");
  announce(`Compare. Select: ${pictures[0].label}. Candidate: ${pictures[1].label}`);
}

// The position of the next picture that is not among the others, or of the one before; null where there is none.
async function neighbour(place, by, others, { turns = true } = {}) {
  const isOther = (tile) => others.includes(Number(tile.dataset.position));
  const wanted = (tile) => hasPicture(tile) && !isOther(tile);
  const at = await seek(place, by, wanted);
  if (at !== null && at !== LOST) return positionAt(at);
  return turns ? neighbour(place, -by, others, { turns: false }) : null;
}

function put(side, picture) {
  const { pane, element } = sides[side];
  const other = sides[OTHER[side]].pane;
  pane.show(picture, other.picture && other.isZoomed ? other.view : null);
  pane.element.setAttribute("aria-label", `${NAMES[side]}: ${picture.label}`);
  write(element, "number", picture.number);
  drawMarking();
  if (side === "candidate") {
    follow(placeSeen(picture.position));
    prepare(placeSeen(picture.position));
  }
}

function prepare(place) {
  const pictures = [1, 2, -1].map((by) => tileAt(place + by)).filter((tile) => tile && hasPicture(tile)).map(pictureOf);
  preload(pictures.map((picture) => sides.candidate.pane.addressOf(picture)));
}

const WORDS = { keep: "kept", reject: "rejected", none: "" };

function drawMarking() {
  for (const [side, { pane, element }] of Object.entries(sides)) {
    element.toggleAttribute("data-active", side === active);
    if (!pane.picture) continue;
    const { mark, rating } = pane.picture;
    write(element, "mark", [WORDS[mark], "★".repeat(rating)].filter(Boolean).join(" "));
    if (side === active) showMarking(compare, pane.picture);
  }
}

function activate(side) {
  if (active !== side && compare.open) announce(`${NAMES[side]} is active`);
  active = side;
  drawMarking();
}

async function stepCandidate(by) {
  const mine = (steps += 1);
  const next = await neighbour(placeOn("candidate"), by, [positionOn("select")], { turns: false });
  if (mine !== steps || !compare.open) return;
  if (next === null) return void announce(by > 0 ? "This is the last picture" : "This is the first picture");
  put("candidate", pictureAtPosition(next));
  announce(`Candidate: ${sides.candidate.pane.picture.label}`);
}

function swap() {
  const [select, candidate] = [sides.select.pane.picture, sides.candidate.pane.picture];
  put("select", candidate);
  put("candidate", select);
  announce("Swapped");
}

// As when one goes through a sheet for the best: what has won becomes what the next has to beat.
async function promote() {
  put("select", sides.candidate.pane.picture);
  announce(`Select: ${sides.select.pane.picture.label}`);
  await stepCandidate(1);
}

function drawZoom(pane) {
  write(compare, "zoom", pane.percent === null ? "" : `${pane.percent} %`);
  compare.querySelector(".looking-zoom").setAttribute("aria-pressed", String(pane.isZoomed));
}

function sync() {
  if (!compare.open || !sides.select.pane.picture) return;
  const gone = Object.keys(sides).filter((side) => !isOnSheet(positionOn(side)));
  if (gone.length) return void replaceGone(gone);
  for (const { pane } of Object.values(sides)) pane.update(pictureAtPosition(pane.picture.position) ?? pane.picture);
  drawMarking();
}

// A picture that has left the sheet makes room: for the other one as select, for the next one as candidate.
async function replaceGone(gone) {
  const stays = gone.length === 1 ? positionOn(OTHER[gone[0]]) : null;
  if (stays === null) return closeSurface(compare);
  await openCompare(stays);
  if (positionOn("select") !== stays) closeSurface(compare);
}

const activePointer = () => sides[active].pointer() ?? sides[OTHER[active]].pointer();

const arrow = (x, y, does) => (event) => (event?.shiftKey ? sides[active].pane.panPart(x * PART, y * PART) : does());

export const compareCommands = {
  ...deciding({
    shown: () => sides[active].pane.picture,
    onward: () => active === "candidate" && stepCandidate(1),
    back: () => {},
  }),
  left: arrow(-1, 0, () => stepCandidate(-1)),
  right: arrow(1, 0, () => stepCandidate(1)),
  up: arrow(0, -1, promote),
  down: arrow(0, 1, swap),
  previous: () => stepCandidate(-1),
  next: () => stepCandidate(1),
  pageUp: () => stepCandidate(-1),
  pageDown: () => stepCandidate(1),
  swap,
  promote,
  zoom: () => sides[active].pane.toggle(activePointer()),
  loupe: () => openLoupeOn(positionOn(active)),
  compare: () => closeSurface(compare),
  close: () => closeSurface(compare),
  escape: () => (sides[active].pane.isZoomed ? sides[active].pane.fit({ glide: true }) : closeSurface(compare)),
};

function hear(side) {
  const { pane, element } = sides[side];
  let wasActive = true;
  element.addEventListener("pointerdown", () => {
    wasActive = side === active;
  }, { capture: true });
  element.addEventListener("focusin", () => activate(side));
  return listen(pane.element, {
    zoomed: () => pane.isZoomed,
    pan: (by) => pane.panBy(by),
    zoom: (factor, point) => pane.zoomBy(factor, point),
    press: (point) => wasActive && pane.toggle(point), // the first click only says which one is meant
    twice: (point) => pane.toggle(point),
    drag: () => {},
    swipe: (to) => to !== "down" && stepCandidate(to === "left" ? 1 : -1),
  });
}

if (compare) {
  const elements = [...compare.querySelectorAll("[data-compared]")];
  const panes = inStep(elements.map((element) => element.querySelector(".pane")), drawZoom);
  elements.forEach((element, index) => {
    const side = element.dataset.compared;
    sides[side] = { element, pane: panes[index] };
    sides[side].pointer = hear(side);
  });
  onLeave(compare, ({ atHome }) => {
    steps += 1;
    stopFollowing();
    const place = placeOn(active);
    for (const { pane } of Object.values(sides)) pane.clear();
    if (!atHome) return;
    forgetPictures();
    forget();
    focusPlace(place, { dom: true });
  });
  onPageChange(sync);
}

// The key map, and what each command does. Keys act while the grid or the loupe has the focus, and never while typing.
import { advance, setAdvance, advances } from "./advance.js";
import { destination, focused, focusTile } from "./focus.js";
import { closeLoupe, loupe, openLoupe, shownTile, stepLoupe, toggleSide, toggleZoom } from "./loupe.js";
import { keepOnly, markTiles, redo, undo } from "./marks.js";
import { clearSelection, extendTo, hasSelection, selectAll, selectedTiles, setAnchor, toggle } from "./selection.js";
import { grid, mayMark, tileOf } from "./tiles.js";

// One place to read, and to change, which key does what. "Mod" is Ctrl, or Cmd on a Mac.
const KEYS = {
  p: "keep",
  x: "reject",
  u: "clear",
  "Shift+p": "keepOnly",
  a: "autoAdvance",
  Enter: "loupe",
  Escape: "escape",
  " ": "select",
  "Mod+a": "selectAll",
  "Mod+z": "undo",
  "Mod+y": "redo",
  "Mod+Shift+z": "redo",
  "Shift+Enter": "publish",
  "?": "help",
  z: "zoom",
  i: "side",
};
const MOVES = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
  Home: "lineStart",
  End: "lineEnd",
  "Mod+Home": "first",
  "Mod+End": "last",
  PageUp: "pageUp",
  PageDown: "pageDown",
};

const press = (id) => document.getElementById(id)?.click();

function markHere(mark) {
  if (!mayMark) return;
  if (hasSelection()) markTiles(selectedTiles(), mark);
  else if (markTiles([focused()], mark)) advance(focused(), focusTile);
}

function put(back) {
  if (back.length === 1) focusTile(back[0]);
}

const IN_GRID = {
  keep: () => markHere("keep"),
  reject: () => markHere("reject"),
  clear: () => markHere("none"),
  keepOnly: () => mayMark && keepOnly(focused()),
  autoAdvance: () => setAdvance(!advances()),
  loupe: () => openLoupe(focused()),
  escape: clearSelection,
  select: () => toggle(focused()),
  selectAll,
  undo: () => put(undo()),
  redo: () => put(redo()),
  publish: () => press("publish-open"),
  help: () => press("help-open"),
};

function markShown(mark) {
  const tile = shownTile();
  if (mayMark && markTiles([tile], mark)) advance(tile, openLoupe);
}

const IN_LOUPE = {
  keep: () => markShown("keep"),
  reject: () => markShown("reject"),
  clear: () => markShown("none"),
  keepOnly: () => mayMark && keepOnly(shownTile()),
  autoAdvance: () => setAdvance(!advances()),
  loupe: closeLoupe,
  zoom: () => toggleZoom(),
  side: toggleSide,
  undo,
  redo,
  publish: () => press("publish-open"),
  help: () => press("help-open"),
  left: () => stepLoupe(-1),
  right: () => stepLoupe(1),
  up: () => stepLoupe(-1),
  down: () => stepLoupe(1),
};

function nameOf(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const mod = event.ctrlKey || event.metaKey ? "Mod+" : "";
  // "?" is typed with Shift on many keyboards and without on others: what counts is the character.
  const shift = event.shiftKey && key !== "?" ? "Shift+" : "";
  return mod + shift + key;
}

const isTyping = (node) => node.closest('input, textarea, select, [contenteditable=""], [contenteditable="true"]') !== null;
// Enter and Space belong to a button or link that has the focus itself.
const isPressing = (event) => ["Enter", " "].includes(event.key) && event.target.closest("button, a, summary") !== null;
const isOurs = (event) => !event.altKey && !event.isComposing && !isTyping(event.target) && !isPressing(event);

function move(event, name) {
  const target = destination(name);
  if (!target) return;
  const from = focused();
  focusTile(target);
  if (event.shiftKey) extendTo(target, from);
  else setAnchor(target);
}

function onGridKey(event) {
  if (!isOurs(event) || !tileOf(event.target)) return;
  const name = nameOf(event);
  const where = MOVES[name.replace("Shift+", "")];
  const command = IN_GRID[KEYS[name]];
  if (!where && !command) return;
  event.preventDefault();
  if (where) move(event, where);
  else command();
}

function onLoupeKey(event) {
  if (!isOurs(event)) return;
  const name = nameOf(event);
  const command = IN_LOUPE[KEYS[name] ?? MOVES[name]];
  if (!command) return; // Escape is the dialog's own
  event.preventDefault();
  command();
}

function onLoupeClick(event) {
  const does = event.target.closest("[data-does]")?.dataset.does;
  const commands = { ...IN_LOUPE, previous: IN_LOUPE.left, next: IN_LOUPE.right, close: closeLoupe };
  if (does) commands[does]();
}

if (grid) {
  grid.addEventListener("keydown", onGridKey);
  loupe.addEventListener("keydown", onLoupeKey);
  loupe.addEventListener("click", onLoupeClick);
  document.getElementById("auto-advance")?.addEventListener("click", () => setAdvance(!advances()));
}

// Loupe, compare and survey lie over the sheet, one at a time. When the last one closes, the focus returns to the tile it ended on.
import { onMarked } from "./marks.js";
import { onChanged } from "./order.js";
import { onTiles } from "./window.js";

const SURFACES = [...document.querySelectorAll("dialog.looking")];
const toasts = document.getElementById("toasts");
const home = toasts?.parentElement;

/** What is in front: "grid", "loupe", "compare" or "survey". */
export const surfaceName = () => SURFACES.find((dialog) => dialog.open)?.id ?? "grid";

// Everything outside a modal dialog is inert: messages and their buttons only work inside it.
function carryToasts(to) {
  if (!toasts || toasts.parentElement === to) return;
  to.append(toasts);
  if (toasts.childElementCount) toasts.showPopover();
}

const leaving = new Map(); // surface → what to do when it closes
const entered = new Set();

// Done at once and not with the close event, which comes later: by then the surface may be open again.
function leave(dialog, { atHome }) {
  if (!entered.delete(dialog)) return;
  if (atHome) carryToasts(home);
  leaving.get(dialog)({ atHome });
}

/** Brings a surface to the front; the one before it closes without giving the focus back. */
export function openSurface(dialog, focused) {
  for (const other of SURFACES) {
    if (other === dialog || !other.open) continue;
    other.close();
    leave(other, { atHome: false });
  }
  if (!dialog.open) {
    dialog.showModal();
    entered.add(dialog);
    carryToasts(dialog);
  }
  focused.focus({ preventScroll: true });
}

/** Back to the sheet. */
export function closeSurface(dialog) {
  dialog.close();
  leave(dialog, { atHome: true });
}

/** Calls `left` when a surface has closed; `atHome` tells whether the sheet itself is in front again. */
export function onLeave(dialog, left) {
  leaving.set(dialog, left);
  // The browser closes dialogs too, for example by the back gesture of a phone.
  dialog.addEventListener("close", () => dialog.open || leave(dialog, { atHome: surfaceName() === "grid" }));
}

/** Calls `changed` once after anything on the page may have changed: marks, tiles, places. */
export function onPageChange(changed) {
  let waits = false;
  const soon = () => {
    if (waits || surfaceName() === "grid") return;
    waits = true;
    queueMicrotask(() => {
      waits = false;
      changed();
    });
  };
  for (const source of [onMarked, onTiles, onChanged]) source.add(soon);
  document.addEventListener("htmx:after:swap", soon);
}

/** Writes a value into every part of a surface that shows it: write(dialog, "place", "3 of 12"). */
export function write(dialog, name, text) {
  for (const element of dialog.querySelectorAll(`[data-shows-${name}]`)) if (element.textContent !== text) element.textContent = text;
}

const PRESSED = { keep: "keep", reject: "reject" };

/** Shows mark and stars of a picture on the buttons that set them. */
export function showMarking(dialog, { mark, rating, large }) {
  dialog.toggleAttribute("data-picture", Boolean(large));
  for (const [does, value] of Object.entries(PRESSED)) {
    for (const button of dialog.querySelectorAll(`[data-does="${does}"]`)) button.setAttribute("aria-pressed", String(mark === value));
  }
  for (const star of dialog.querySelectorAll(".stars [data-does]")) {
    const number = Number(star.dataset.does.slice("rate".length));
    star.setAttribute("aria-pressed", String(number === rating));
    star.toggleAttribute("data-lit", number <= rating);
  }
}

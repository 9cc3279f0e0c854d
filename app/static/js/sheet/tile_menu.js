// The menu of a picture that is held on a touch screen: everything the keys do to it, or to the selection it belongs to.
import { focusPlace } from "./focus.js";
import { openLoupe } from "./loupe.js";
import { setMark, setRating, trash } from "./marks.js";
import { onHold } from "./pointer.js";
import { isSelected, selectedPositions, toggle } from "./selection.js";
import { grid, hasPicture, markOf, placeOfTile, positionOf, ratingOf, tileOfPosition } from "./tiles.js";

const menu = document.getElementById("tile-menu");
const MARGIN = 8;
let held = null;

const positions = () => (isSelected(positionOf(held)) ? selectedPositions() : [positionOf(held)]);

const DOES = {
  keep: () => setMark(positions(), "keep"),
  reject: () => setMark(positions(), "reject"),
  clear: () => setMark(positions(), "none"),
  rate: (button) => setRating(positions(), Number(button.dataset.stars)),
  select: () => toggle(positionOf(held)),
  loupe: () => openLoupe(placeOfTile(held)),
  trash: () => trash(positions()),
};

function setPressed(button, pressed) {
  button.setAttribute("aria-pressed", String(pressed));
}

function describe() {
  const several = positions().length > 1;
  const number = held.querySelector(".tile-no")?.textContent ?? "";
  menu.querySelector("#tile-menu-title").textContent = several ? `${positions().length.toLocaleString("en-US")} selected pictures` : `Picture ${number}`;
  const isTrash = grid.dataset.show === "trash";
  for (const button of menu.querySelectorAll("[data-tile-does]")) {
    const does = button.dataset.tileDoes;
    button.hidden = !hasPicture(held) && ["keep", "reject", "clear", "trash"].includes(does);
    if (button.dataset.markIs) setPressed(button, !several && markOf(held) === button.dataset.markIs);
    if (does === "rate") {
      setPressed(button, !several && ratingOf(held) === Number(button.dataset.stars));
      button.toggleAttribute("data-lit", !several && Number(button.dataset.stars) > 0 && ratingOf(held) >= Number(button.dataset.stars));
    }
    if (does === "select") button.querySelector("span").textContent = isSelected(positionOf(held)) ? "Deselect" : "Select";
    if (does === "trash") button.querySelector("span").textContent = isTrash ? "Take out of the trash" : "Move to the trash";
  }
  const stars = menu.querySelector(".tile-menu-stars");
  if (stars) stars.hidden = !hasPicture(held);
}

// Beside the finger, wholly on the screen.
function place(x, y) {
  const { width, height } = menu.getBoundingClientRect();
  const within = (at, size, most) => Math.max(MARGIN, Math.min(at, most - size - MARGIN));
  menu.style.inset = `${within(y - height / 2, height, window.innerHeight)}px auto auto ${within(x - width / 2, width, window.innerWidth)}px`;
}

// Opens the menu of a picture where the finger is. Answers whether it has.
function open(position, { x, y }) {
  held = tileOfPosition(position);
  if (!held) return false;
  describe();
  if (!menu.matches(":popover-open")) menu.showPopover();
  place(x, y);
  menu.querySelector("button:not([hidden])").focus({ preventScroll: true });
  return true;
}

function close() {
  if (!menu.matches(":popover-open")) return;
  menu.hidePopover();
  if (held?.isConnected) focusPlace(placeOfTile(held));
}

function onClick(event) {
  const button = event.target.closest("[data-tile-does]");
  if (!button) return;
  close();
  DOES[button.dataset.tileDoes](button);
}

// A popover that closes by itself would close when the finger that opened it is lifted: this one is closed by hand.
if (menu) {
  onHold.add(open);
  menu.addEventListener("click", onClick);
  document.addEventListener("pointerdown", (event) => !menu.contains(event.target) && close());
  menu.addEventListener("keydown", (event) => event.key === "Escape" && close());
  window.addEventListener("scroll", close, { passive: true });
}

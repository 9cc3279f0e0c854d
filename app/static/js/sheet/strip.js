// The filmstrip of the loupe: the pictures on either side of the one that is shown. Thumbnails are kept from step to step.
import { count, positionAt } from "./order.js";
import { pictureOf } from "./pictures.js";
import { canLookAt, tileAt } from "./tiles.js";

const NEARBY = 14; // on either side

function draw(thumb, tile) {
  const { state, thumb: src, label, shape, pencil } = pictureOf(tile);
  thumb.dataset.state = state;
  thumb.setAttribute("aria-label", label);
  const image = src ? Object.assign(new Image(), { alt: "", decoding: "async", draggable: false, src }) : null;
  const size = image ?? shape.cloneNode(true);
  if (image) for (const side of ["width", "height"]) image.setAttribute(side, shape.getAttribute(side));
  thumb.replaceChildren(size, pencil.cloneNode(true));
}

function make(position) {
  const thumb = Object.assign(document.createElement("button"), { type: "button", className: "strip-thumb", tabIndex: -1 });
  thumb.dataset.position = position;
  thumb.setAttribute("aria-label", "Not loaded yet");
  return thumb;
}

function update(thumb, tile) {
  if (!tile) return;
  if (thumb.dataset.state !== tile.dataset.state) draw(thumb, tile);
  thumb.dataset.mark = tile.dataset.mark ?? "none";
}

// Only what is new is put in and only what is over taken out: the others are not laid out again.
function arrange(strip, thumbs) {
  const wanted = new Set(thumbs);
  for (const thumb of [...strip.children]) if (!wanted.has(thumb)) thumb.remove();
  let next = strip.firstElementChild;
  for (const thumb of thumbs) {
    if (thumb === next) next = next.nextElementSibling;
    else strip.insertBefore(thumb, next);
  }
}

/** Shows the neighbours of a place. Those that are still to be generated are left out, those that are not loaded stand blank. */
export function drawStrip(strip, place) {
  const old = new Map([...strip.children].map((thumb) => [Number(thumb.dataset.position), thumb]));
  const thumbs = [];
  let current = null;
  for (let at = Math.max(0, place - NEARBY); at <= Math.min(count() - 1, place + NEARBY); at += 1) {
    const tile = tileAt(at);
    if (tile && at !== place && !canLookAt(tile)) continue;
    const position = positionAt(at);
    const thumb = old.get(position) ?? make(position);
    update(thumb, tile);
    if (at === place) current = thumb;
    thumbs.push(thumb);
  }
  arrange(strip, thumbs);
  for (const thumb of thumbs) {
    thumb.tabIndex = thumb === current ? 0 : -1; // one of them is reached by Tab, the arrows step through all pictures anyway
    if (thumb === current) thumb.setAttribute("aria-current", "true");
    else thumb.removeAttribute("aria-current");
  }
  strip.scrollLeft = current.offsetLeft - (strip.clientWidth - current.offsetWidth) / 2;
}

/** The position whose thumbnail an event is about, or null. */
export function positionOfThumb(event) {
  const thumb = event.target.closest?.(".strip-thumb");
  return thumb ? Number(thumb.dataset.position) : null;
}

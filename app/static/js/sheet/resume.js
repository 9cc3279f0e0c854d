// Where a person was on this sheet: after a reload, after another filter, or from a link to one picture. For each tab by itself.
import { anchor, holdStill, scrollTo } from "./layout.js";
import { focusedPlace, focusedPosition, focusPlace } from "./focus.js";
import { placeOf } from "./order.js";
import { grid, placeOfTile, tileById } from "./tiles.js";

const EMPTY_ID = "00000000-0000-0000-0000-000000000000";
const key = `proofsheet:sheet:${location.pathname}`;

// Storage can be forbidden; one then begins at the first picture.
function stored(use) {
  try {
    return use();
  } catch {
    return null;
  }
}

function keep() {
  const place = focusedPlace();
  const was = { focused: focusedPosition(), query: location.search, top: window.scrollY, ...(place >= 0 ? anchor(place) : {}) };
  stored(() => sessionStorage.setItem(key, JSON.stringify(was)));
}

const target = () => /^#image-([\da-f-]{36})$/.exec(location.hash)?.[1] ?? null;

// A picture that is not among the first tiles is looked up: its facts tell its position.
async function findTarget(id) {
  const response = await fetch(grid.dataset.imageUrl.replace(EMPTY_ID, id), { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!response?.ok) return;
  const facts = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("[data-position]");
  const place = facts ? placeOf(Number(facts.dataset.position)) : -1;
  if (place >= 0) focusPlace(place);
}

/** Scrolls to where one was. Answers the place that gets the focus. */
export function begin() {
  history.scrollRestoration = "manual";
  const id = target();
  if (id && !tileById(id)) findTarget(id);
  if (id && tileById(id)) return toPlace(placeOfTile(tileById(id)));
  const was = id ? null : stored(() => JSON.parse(sessionStorage.getItem(key)));
  if (!was) return toPlace(Number(grid.dataset.first ?? 0));
  const place = placeOf(was.focused ?? -1);
  const held = placeOf(was.position ?? -1);
  if (was.query === location.search && held >= 0) holdStill(held, was.away);
  else if (place > 0) scrollTo(place);
  return Math.max(0, place);
}

function toPlace(place) {
  if (place > 0) scrollTo(place);
  return Math.max(0, place);
}

/** Called once by the entry. */
export function start() {
  window.addEventListener("pagehide", keep);
  window.addEventListener("hashchange", () => {
    const tile = target() && tileById(target());
    if (tile) focusPlace(placeOfTile(tile));
    else if (target()) findTarget(target());
  });
}

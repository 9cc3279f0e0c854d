// Pages of tiles from the server: asked for side by side, given up when nobody wants them any more, tried again when they fail.
import { formatRuns } from "./runs.js";
import { grid } from "./tiles.js";

const AGAIN = 3000; // milliseconds until a page that failed may be asked for again
const asked = new Map(); // number of a page → what gives it up
const failed = new Map(); // number of a page → when it failed

/** Called with the tag of every page that arrived: the revision it was rendered at. */
export const onPage = new Set();

// The tiles of a page; null when there was no answer, a refusal or another page (a sign-in), which is tried again later.
async function read(positions, signal) {
  const headers = { "HX-Request": "true", Accept: "text/html" };
  const response = await fetch(`${grid.dataset.tilesUrl}?at=${formatRuns(positions)}`, { signal, headers }).catch(() => null);
  if (!response?.ok || !response.headers.has("HX-PTag")) return null;
  const text = await response.text().catch(() => null);
  if (text === null) return null;
  const template = document.createElement("template");
  template.innerHTML = text;
  for (const listener of onPage) listener(response.headers.get("HX-PTag"));
  return [...template.content.querySelectorAll(".tile")];
}

/** Asks for the tiles of some positions, once for each page; `deliver` gets the tiles, or null when they could not be read. */
export async function ask(page, positions, deliver) {
  if (asked.has(page) || performance.now() - (failed.get(page) ?? -Infinity) < AGAIN) return;
  const controller = new AbortController();
  asked.set(page, controller);
  const tiles = await read(positions, controller.signal);
  if (asked.get(page) !== controller) return; // given up meanwhile
  asked.delete(page);
  if (tiles) failed.delete(page);
  else failed.set(page, performance.now());
  deliver(tiles);
}

/** Whether no page is on its way. */
export const isIdle = () => asked.size === 0;

/** Gives up every page that is not among the wanted ones. */
export function giveUp(wanted) {
  for (const [page, controller] of asked) {
    if (wanted.has(page)) continue;
    asked.delete(page);
    controller.abort();
  }
}

/** The order has changed: what is on its way belongs to other places now. */
export function giveUpAll() {
  giveUp(new Set());
  failed.clear();
}

export const mayAskAgainIn = AGAIN;

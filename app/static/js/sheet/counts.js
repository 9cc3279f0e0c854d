// "28 kept" in the dock, the chips and the prompts: the server's numbers and the marks that are still on their way.
import { markOf, tileById } from "./tiles.js";

const dock = () => document.getElementById("dock-counts");
const format = new Intl.NumberFormat("en-US");
const touched = new Set();

function write(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

// What the marks on their way add to a number of the server.
function difference(pending, mark, counts = () => true) {
  let sum = 0;
  for (const [id, { server }] of pending) {
    const tile = tileById(id);
    if (!counts(tile)) continue;
    const shown = tile ? markOf(tile) : server;
    sum += (shown === mark) - (server === mark);
  }
  return sum;
}

function showTotals(pending) {
  const counts = dock();
  const kept = difference(pending, "keep");
  const rejected = difference(pending, "reject");
  const numbers = {
    kept: Number(counts.dataset.kept) + kept,
    rejected: Number(counts.dataset.rejected) + rejected,
    unmarked: Number(counts.dataset.unmarked) - kept - rejected,
    publishable: Number(counts.dataset.publishable) + difference(pending, "keep", hasNoPage),
  };
  for (const [name, number] of Object.entries(numbers)) {
    for (const element of document.querySelectorAll(`[data-count="${name}"]`)) write(element, format.format(number));
  }
  allowPublishing(numbers.publishable > 0);
}

const hasNoPage = (tile) => !tile?.querySelector(".tile-page");

function allowPublishing(allowed) {
  const opener = document.getElementById("publish-open");
  if (!opener || "busy" in opener.dataset) return;
  if (allowed) opener.removeAttribute("aria-disabled");
  else opener.setAttribute("aria-disabled", "true");
}

function showPrompts(pending) {
  for (const id of pending.keys()) {
    const prompt = tileById(id)?.closest(".prompt");
    if (prompt) touched.add(prompt);
  }
  for (const prompt of touched) {
    const own = new Map([...pending].filter(([id]) => tileById(id)?.closest(".prompt") === prompt));
    const words = prompt.querySelector(".prompt-kept");
    write(words, `${Number(words.dataset.kept) + difference(own, "keep")} of ${words.dataset.total} kept`);
  }
}

/** The server has changed a tile's mark: its prompt's number follows without waiting for the next poll. */
export function movePromptCount(tile, before, after, revision) {
  const { dataset } = tile.closest(".prompt").querySelector(".prompt-kept");
  dataset.kept = Number(dataset.kept) + (after === "keep") - (before === "keep");
  dataset.revision = Math.max(Number(dataset.revision), revision);
}

/** Shows the last numbers of the server plus what is pending (id → {server}). */
export function showCounts(pending) {
  showTotals(pending);
  showPrompts(pending);
}

/** Takes over the numbers of an answer to a mark. */
export function showServerCounts({ revision, kept, rejected, unmarked, publishable }, pending) {
  const counts = dock();
  if (revision >= Number(counts.dataset.revision)) Object.assign(counts.dataset, { revision, kept, rejected, unmarked, publishable });
  showCounts(pending);
}

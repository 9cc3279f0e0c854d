// "28 kept" in the dock, the chips and the captions: the server's numbers and the marks that are still on their way.
import { pendingEntries } from "./pending.js";
import { promptOf } from "./order.js";
import { loadedByPosition, tileOfPosition } from "./tiles.js";

const dock = () => document.getElementById("dock-counts");
const format = new Intl.NumberFormat("en-US");
const NUMBERS = ["kept", "rejected", "unmarked", "publishable", "trashed"];
let shifted = new Set(); // prompts whose captions may show something else than the server's number

function write(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

// What the marks on their way add to a number of the server. Nobody knows it for pictures that were never loaded.
function difference(mark, counts = () => true) {
  let sum = 0;
  for (const [position, { mark: own }] of pendingEntries()) {
    if (own === undefined || own.server === undefined || !counts(position)) continue;
    sum += (own.value === mark) - (own.server === mark);
  }
  return sum;
}

const hasNoPage = (position) => !("page" in (tileOfPosition(position)?.dataset ?? {}));

function allowPublishing(allowed) {
  const opener = document.getElementById("publish-open");
  if (!opener || "busy" in opener.dataset) return;
  if (allowed) opener.removeAttribute("aria-disabled");
  else opener.setAttribute("aria-disabled", "true");
}

// What is on its way into the trash, less what is on its way out of it.
function differenceOfTrash() {
  const own = [...pendingEntries().values()].map(({ trashed }) => trashed).filter((each) => each?.server !== undefined);
  return own.reduce((sum, { value, server }) => sum + value - server, 0);
}

// The chip of an empty trash is not shown, unless one looks into it.
function showTrashChip(count) {
  const chip = document.querySelector('#chips [data-show="trash"]');
  if (chip) chip.hidden = count <= 0 && !chip.hasAttribute("aria-current");
}

function showTotals() {
  const { dataset } = dock();
  const [kept, rejected] = [difference("keep"), difference("reject")];
  const trashed = Number(dataset.trashed) + differenceOfTrash();
  const numbers = {
    kept: Number(dataset.kept) + kept,
    rejected: Number(dataset.rejected) + rejected,
    unmarked: Number(dataset.unmarked) - kept - rejected,
    publishable: Number(dataset.publishable) + difference("keep", hasNoPage),
    trashed,
    all: Number(dataset.total) - trashed,
  };
  for (const element of document.querySelectorAll("[data-count]")) {
    const { count } = element.dataset;
    if (count in numbers) write(element, format.format(numbers[count]));
  }
  showTrashChip(trashed);
  allowPublishing(numbers.publishable > 0);
}

function changeOfPrompts() {
  const sums = new Map();
  for (const [position, { mark: own }] of pendingEntries()) {
    if (own?.server === undefined) continue;
    const prompt = promptOf(position);
    sums.set(prompt, (sums.get(prompt) ?? 0) + (own.value === "keep") - (own.server === "keep"));
  }
  return sums;
}

// Of all prompts after the server has spoken, else of those about which something has begun or ended.
function showPrompts(all) {
  const sums = changeOfPrompts();
  const changed = new Set([...shifted, ...sums.keys()]);
  shifted = new Set(sums.keys());
  for (const [position, tile] of loadedByPosition()) {
    const prompt = promptOf(position);
    const words = all || changed.has(prompt) ? tile.querySelector(".prompt-kept") : null;
    if (words) write(words, `${Number(words.dataset.kept) + (sums.get(prompt) ?? 0)} of ${words.dataset.total} kept`);
  }
}

// The captions of loaded tiles whose prompts are named, unless they are newer than what is said about them.
function* captions(prompts, revision) {
  for (const [position, tile] of loadedByPosition()) {
    const prompt = promptOf(position);
    const words = prompts.has(prompt) ? tile.querySelector(".prompt-kept") : null;
    if (words && revision >= Number(words.dataset.revision)) yield [words.dataset, prompts.get(prompt)];
  }
}

/** A request has changed pictures' marks (prompt → how many more are kept): captions follow without waiting for the next poll. */
export function movePromptCounts(changes, revision) {
  for (const prompt of changes.keys()) shifted.add(prompt);
  for (const [dataset, more] of captions(changes, revision)) {
    if (revision === Number(dataset.revision)) continue;
    Object.assign(dataset, { kept: Number(dataset.kept) + more, revision });
  }
}

/** Takes over what the feed says about prompts: "3:2/4,7:0/4". */
export function takePromptCounts(text, revision) {
  const prompts = new Map((text ? text.split(",") : []).map((part) => part.split(/[:/]/).map(Number)));
  for (const [dataset, kept] of captions(prompts, revision)) Object.assign(dataset, { kept, revision });
}

/** Shows the last numbers of the server plus what is on its way. `all`: the server may have said something about any prompt. */
export function showCounts({ all = false } = {}) {
  if (!dock()) return;
  showTotals();
  showPrompts(all);
}

/** Takes over the numbers of an answer to a mark. */
export function showServerCounts(answer) {
  const { dataset } = dock();
  if (answer.revision >= Number(dataset.revision)) {
    dataset.revision = answer.revision;
    for (const name of NUMBERS) if (name in answer) dataset[name] = answer[name];
  }
  showCounts();
}

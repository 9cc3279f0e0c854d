// What is known about the picture in the loupe, fetched for the one a person stays with and not for each that is passed. What is
// typed there is kept for its image, in this tab, until it is sent; an update does not take it away.
import { grid } from "./tiles.js";

const STAY = 120; // milliseconds
const EMPTY_ID = "00000000-0000-0000-0000-000000000000";
const initial = new WeakMap(); // field → its value as the server sent it
let question = null;
let edits = false; // whether the prompt gets the focus when the facts are there

const facts = () => document.getElementById("loupe-facts");
const fields = () => [...facts().querySelectorAll("textarea[name], select[name]")];
const isChanged = (field) => initial.has(field) && field.value !== initial.get(field);
const isTouched = () => fields().some((field) => isChanged(field) || field === document.activeElement);
const key = (id) => `proofsheet:draft:image:${id}`;

function load(id) {
  try {
    return JSON.parse(sessionStorage.getItem(key(id)));
  } catch {
    return null; // no storage in this window: nothing is kept
  }
}

function store(id, draft) {
  try {
    if (draft) sessionStorage.setItem(key(id), JSON.stringify(draft));
    else sessionStorage.removeItem(key(id));
  } catch {
    // Full or forbidden: the form works without a copy.
  }
}

function ask(id) {
  const address = grid.dataset.imageUrl.replace(EMPTY_ID, id);
  window.htmx.ajax("GET", address, { source: "#loupe-facts", target: "#loupe-facts", swap: "outerHTML" });
}

function sayChanged(id) {
  if (facts().querySelector("[data-changed]")) return;
  const note = Object.assign(document.createElement("p"), { className: "hint", textContent: "This image has changed. What you typed is still here. " });
  const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-small", textContent: "Show it as it is now" });
  button.addEventListener("click", () => ask(id));
  note.dataset.changed = "";
  note.setAttribute("role", "status");
  note.append(button);
  facts().prepend(note);
}

/** Fetches the facts of an image into the side, unless another one is asked for first. */
export function fetchFacts({ id }, { edit = false } = {}) {
  clearTimeout(question);
  edits = edit;
  question = setTimeout(() => (facts().dataset.image === id && isTouched() ? sayChanged(id) : ask(id)), STAY);
}

export const leaveFacts = () => clearTimeout(question);

function keepTyped({ target }) {
  if (!facts()?.contains(target)) return;
  const typed = Object.fromEntries(fields().map((field) => [field.name, field.value]));
  store(facts().dataset.image, fields().some(isChanged) ? typed : null);
}

function arrive() {
  for (const field of fields()) initial.set(field, field.value);
  const draft = load(facts().dataset.image);
  for (const field of draft ? fields() : []) {
    if (!(field.name in draft)) continue;
    field.value = draft[field.name];
    if (field.value !== draft[field.name]) field.value = initial.get(field); // a model that cannot be chosen any more
    if (isChanged(field) && field.closest("details")) field.closest("details").open = true;
  }
  if (edits) document.getElementById("rerun-prompt")?.focus();
  edits = false;
}

// What was sent is no draft any more.
function forgetSent({ ctx }) {
  if (!ctx.sourceElement?.matches?.("form") || !facts()?.contains(ctx.sourceElement) || !(ctx.response?.status < 400)) return;
  store(facts().dataset.image, null);
  for (const field of fields()) initial.set(field, field.value);
}

if (grid) {
  document.addEventListener("input", keepTyped);
  document.addEventListener("htmx:after:request", ({ detail }) => forgetSent(detail));
  document.addEventListener("htmx:after:swap", ({ detail }) => detail.ctx.target?.matches?.("#loupe-facts") && arrive());
}

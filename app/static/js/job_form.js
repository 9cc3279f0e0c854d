// The form of a new job: Ctrl+Enter starts it, a prompt's number leads to its text, problems get the focus.
import { keepDraft } from "./draft.js";
import { uuid } from "./uuid.js";

const SEPARATOR = /^[^\S\n]*---[^\S\n]*$/gm;

const form = () => document.getElementById("job-form");
const box = () => document.getElementById("field-prompts");

// Where each prompt stands in the text, as the server splits it: [start, end] without white space around.
function pasted(text) {
  const edges = [0];
  for (const match of text.matchAll(SEPARATOR)) edges.push(match.index, match.index + match[0].length);
  edges.push(text.length);
  const parts = [];
  for (let i = 0; i < edges.length; i += 2) parts.push(trimmed(text, edges[i], edges[i + 1]));
  const first = parts.findIndex(([start, end]) => end > start);
  return first < 0 ? [] : parts.slice(first);
}

function lines(text) {
  const parts = [];
  let start = 0;
  for (const line of text.split("\n")) {
    const [from, to] = trimmed(text, start, start + line.length);
    if (to > from && text.slice(from, to) !== "---") parts.push([from, to]);
    start += line.length + 1;
  }
  return parts;
}

function trimmed(text, start, end) {
  const part = text.slice(start, end);
  const from = start + part.length - part.trimStart().length;
  return [from, Math.max(from, start + part.trimEnd().length)];
}

function select(number) {
  const input = box();
  const mode = form().querySelector("[name=mode]:checked")?.value;
  const place = (mode === "lines" ? lines : pasted)(input.value)[number - 1];
  if (!place) return;
  // The browser scrolls to the caret when an empty selection gets the focus; only then the prompt is selected.
  input.blur();
  input.setSelectionRange(place[0], place[0]);
  input.focus();
  input.setSelectionRange(place[0], place[1]);
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing || event.repeat) return;
  if (document.querySelector("dialog[open]")) return;
  event.preventDefault();
  form().requestSubmit(form().querySelector("#summary button"));
});

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("#job-form [data-prompt]");
  if (!link) return;
  event.preventDefault();
  select(Number(link.dataset.prompt));
});

document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail.ctx.response?.status === 422) document.getElementById("problems")?.focus();
});

// Shown again as it was left: the job of this form has been made, so what is sent now is another one.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) form().elements.form_token.value = uuid();
});

if (form()) keepDraft(form);

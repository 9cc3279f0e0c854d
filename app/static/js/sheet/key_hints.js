// The keys that buttons and lines show, <kbd data-key-of="keep">, are those of this person's map.
import { ariaOf, partsOf, wordsOf } from "./key_names.js";
import { keysOf, onKeymapChanged } from "./keymap.js";

/** <kbd> elements for the parts of a key. */
export function kbds(name) {
  return partsOf(name).map((part) => Object.assign(document.createElement("kbd"), { textContent: part }));
}

function show(hint) {
  const [key] = keysOf(hint.dataset.keyOf);
  hint.textContent = key ? wordsOf(key) : "";
  hint.hidden = !key;
}

// "Keep (P)": the words are the server's, the key in brackets is ours.
function explain(button) {
  const [key] = keysOf(button.dataset.keyTitle);
  button.dataset.words ??= button.getAttribute("aria-label") ?? button.title;
  const words = button.dataset.words.replace(/ \([^)]*\)$/, "");
  button.title = key ? `${words} (${wordsOf(key)})` : words;
  if (button.hasAttribute("aria-label")) button.setAttribute("aria-label", button.title);
  if (key) button.setAttribute("aria-keyshortcuts", ariaOf(key));
  else button.removeAttribute("aria-keyshortcuts");
}

function showAll() {
  document.querySelectorAll("kbd[data-key-of]").forEach(show);
  document.querySelectorAll("[data-key-title]").forEach(explain);
}

onKeymapChanged.add(showAll);
showAll();

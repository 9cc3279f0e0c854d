// Keys by name: "p", "Shift+p", "Mod+Shift+z", "Space", "ArrowLeft". What an event is called, and how people read it.
const IS_MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const SHOWN = {
  Mod: IS_MAC ? "⌘" : "Ctrl",
  Escape: "Esc",
  Delete: "Del",
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  PageUp: "PgUp",
  PageDown: "PgDn",
};
const ALONE = new Set(["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "Dead", "Process", "Unidentified", "Tab"]);
const isLetter = (key) => key.toLowerCase() !== key.toUpperCase();

function named(event, key) {
  const name = key === " " ? "Space" : key.length === 1 ? key.toLowerCase() : key;
  const mod = event.ctrlKey || event.metaKey ? "Mod+" : "";
  // A sign such as "?" is typed with Shift on many keyboards and without on others: what counts is the sign.
  const shift = event.shiftKey && (name.length > 1 || isLetter(name)) ? "Shift+" : "";
  return mod + shift + name;
}

/** What an event may be called, the best name first: by what was typed, else by where the key is (other alphabets, AZERTY's digits). */
export function namesOf(event) {
  const names = [named(event, event.key)];
  const [, letter, digit] = /^(?:Key([A-Z])|(?:Digit|Numpad)(\d))$/.exec(event.code ?? "") ?? [];
  if (letter && event.key.length === 1 && !/[a-z]/i.test(event.key)) names.push(named(event, letter));
  if (digit && !event.shiftKey) names.push(named(event, digit));
  return names;
}

/** The name of a key to keep for a command; null while only a modifier is held or for what belongs to the browser. */
export const nameToKeep = (event) => (event.altKey || ALONE.has(event.key) ? null : named(event, event.key));

/** The parts people read: ["Ctrl", "Shift", "Z"]. */
export const partsOf = (name) =>
  name.split(/\+(?=.)/).map((part) => SHOWN[part] ?? (part.length === 1 ? part.toUpperCase() : part));

export const wordsOf = (name) => partsOf(name).join("+");

/** For aria-keyshortcuts, which wants the names of the specification. */
export const ariaOf = (name) => name.replace("Mod", IS_MAC ? "Meta" : "Control");

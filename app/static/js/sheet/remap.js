// Another key for a command: press it, see whom it is taken from, keep it.
import { COMMANDS } from "./commands.js";
import { nameToKeep, wordsOf } from "./key_names.js";
import { keysOf, ownerOf, setKeys } from "./keymap.js";

const dialog = document.getElementById("remap");
const part = (name) => dialog.querySelector(`[data-remap="${name}"]`);
let command = null;
let key = null;

const words = (name) => COMMANDS[name].words;

function say(text, { refused = false } = {}) {
  part("note").textContent = text;
  part("note").dataset.tone = refused ? "stop" : "";
  part("save").disabled = refused || key === null;
  part("add").disabled = part("save").disabled || keysOf(command).length === 0;
}

function onKey(event) {
  if (event.key === "Tab" || event.key === "Escape") return; // to the buttons, and out of the dialog
  event.preventDefault();
  event.stopPropagation();
  const pressed = nameToKeep(event);
  if (!pressed) return;
  key = pressed;
  event.target.value = wordsOf(key);
  const owner = ownerOf(key, command);
  if (keysOf(command).includes(key)) say("It has this key already.", { refused: true });
  else if (owner && COMMANDS[owner].fixed) say(`This key always means “${words(owner)}”. Press another.`, { refused: true });
  else if (owner) say(`This key is taken from “${words(owner)}”.`);
  else say("This key is free.");
}

function close(keys) {
  if (keys) setKeys(command, keys);
  dialog.close();
}

/** Asks for a key of a command; resolves when the dialog has closed. */
export function changeKey(name) {
  command = name;
  key = null;
  part("title").textContent = `Key of “${words(command)}”`;
  part("key").value = "";
  say(keysOf(command).length ? `Now it is ${keysOf(command).map(wordsOf).join(" or ")}.` : "It has no key now.");
  part("none").hidden = keysOf(command).length === 0;
  dialog.showModal();
  part("key").focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", resolve, { once: true });
  });
}

if (dialog) {
  part("key").addEventListener("keydown", onKey);
  part("save").addEventListener("click", () => close([key]));
  part("add").addEventListener("click", () => close([...keysOf(command), key]));
  part("none").addEventListener("click", () => close([]));
}

// The help sheet, made of the map that is in force: what it says is what the keys do. A command's keys are changed from here.
import { COMMANDS } from "./commands.js";
import { kbds } from "./key_hints.js";
import { wordsOf } from "./key_names.js";
import { hasOwn, keysOf, onKeymapChanged, preset, resetKeys, usePreset } from "./keymap.js";
import { PRESETS } from "./presets.js";
import { changeKey } from "./remap.js";
import { mayMark } from "./tiles.js";

const dialog = document.getElementById("help");
const body = document.getElementById("key-groups");

function made(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

const isOffered = ({ edits }) => mayMark || !edits;

const shown = (keys) => (keys.length ? keys.flatMap((key, index) => (index ? [" or ", ...kbds(key)] : kbds(key))) : ["no key"]);

// The keys themselves are the button that changes them.
function keyCell(command, { words, fixed }) {
  const keys = keysOf(command);
  if (fixed) return made("dt", {}, ...shown(keys));
  const button = made("button", { type: "button", className: "key-button", title: "Change this key" }, ...shown(keys));
  button.setAttribute("aria-label", `${keys.map(wordsOf).join(" or ") || "No key"}: change the key of “${words}”`);
  button.dataset.changes = command;
  return made("dt", {}, button);
}

function row([command, about]) {
  const line = made("div", {}, keyCell(command, about), made("dd", { textContent: about.words }));
  line.dataset.command = command;
  return line;
}

function section(title, commands) {
  return made("section", {}, made("h3", { textContent: title }), made("dl", { className: "key-list" }, ...commands.map(row)));
}

// A command that has no key in any map but another program's is listed only there.
const isListed = ([command, about]) => isOffered(about) && (!about.does || keysOf(command).length > 0);

function draw() {
  const groups = Map.groupBy(Object.entries(COMMANDS).filter(isListed), ([, { group }]) => group);
  body.replaceChildren(...[...groups].map(([title, commands]) => section(title, commands)));
  for (const input of dialog.querySelectorAll('[name="preset"]')) input.checked = input.value === preset();
  document.getElementById("keys-reset").hidden = !hasOwn();
}

function onClick(event) {
  const command = event.target.closest("[data-changes]")?.dataset.changes;
  if (command) changeKey(command).then(() => body.querySelector(`[data-changes="${command}"]`)?.focus());
}

if (dialog) {
  draw();
  onKeymapChanged.add(draw);
  body.addEventListener("click", onClick);
  dialog.addEventListener("change", ({ target }) => target.name === "preset" && target.value in PRESETS && usePreset(target.value));
  document.getElementById("keys-reset").addEventListener("click", () => {
    resetKeys();
    dialog.querySelector('[name="preset"]:checked').focus();
  });
}

// Which key does what, for this person: the keys of a preset and what was changed in it, kept in this browser.
import { recall, remember } from "../preferences.js";
import { COMMANDS } from "./commands.js";
import { namesOf } from "./key_names.js";
import { PRESETS } from "./presets.js";

const place = `keys:${document.getElementById("sheet")?.dataset.person ?? ""}`;
const keysBySurface = { grid: new Map(), looking: new Map() };
let chosen = load();

/** Called, without arguments, when a key has another meaning than before. */
export const onKeymapChanged = new Set();

function load() {
  try {
    const kept = JSON.parse(recall(place)) ?? {};
    const own = Object.entries(kept.own ?? {}).filter(([name, keys]) => isChangeable(name) && Array.isArray(keys));
    return { preset: kept.preset in PRESETS ? kept.preset : "proofsheet", own: Object.fromEntries(own) };
  } catch {
    return { preset: "proofsheet", own: {} }; // what is kept is from another version or was edited by hand
  }
}

const isChangeable = (command) => command in COMMANDS && !COMMANDS[command].fixed;

/** The names of a command's keys, the first of them the one to show where there is room for one. */
export const keysOf = (command) => chosen.own[command] ?? PRESETS[chosen.preset].keys[command] ?? COMMANDS[command].keys;

const surfacesOf = ({ at }) => (at ? [at] : ["grid", "looking"]);

// A command that is only for one place has its key there before one that is for all of them.
function learn() {
  for (const keys of Object.values(keysBySurface)) keys.clear();
  for (const [command, about] of Object.entries(COMMANDS).sort(([, one], [, other]) => ("at" in one) - ("at" in other))) {
    for (const surface of surfacesOf(about)) for (const key of keysOf(command)) keysBySurface[surface].set(key, command);
  }
}

// Shift with a move extends the selection: such a key is the move, and its caller looks at event.shiftKey.
function found(keys, name) {
  const command = keys.get(name);
  if (command) return command;
  const move = keys.get(name.replace("Shift+", ""));
  return move && COMMANDS[move].fixed && move !== "escape" ? move : null;
}

/** The command of a keydown at a surface ("grid", "loupe", "compare", "survey"), or null. */
export function commandFor(event, surface = "grid") {
  const keys = keysBySurface[surface === "grid" ? "grid" : "looking"];
  const command = namesOf(event).map((name) => found(keys, name)).find(Boolean);
  return command ? (COMMANDS[command].does ?? command) : null;
}

/** The command that has a key where another command would act too, or null. */
export function ownerOf(key, command) {
  const rivals = surfacesOf(COMMANDS[command]).map((surface) => found(keysBySurface[surface], key));
  return rivals.find((rival) => rival && rival !== command) ?? null;
}

function change(next) {
  chosen = next;
  remember(place, JSON.stringify(chosen));
  learn();
  for (const listener of onKeymapChanged) listener();
}

export const preset = () => chosen.preset;
export const hasOwn = () => Object.keys(chosen.own).length > 0;

/** Another preset; what was changed by hand is given up with the one it was changed in. */
export const usePreset = (name) => change({ preset: name, own: {} });

/** Gives a command these keys; commands that had one of them lose it. */
export function setKeys(command, keys) {
  const own = { ...chosen.own, [command]: keys };
  for (const key of keys) {
    const rival = ownerOf(key, command);
    if (rival && isChangeable(rival)) own[rival] = (own[rival] ?? keysOf(rival)).filter((other) => other !== key);
  }
  change({ ...chosen, own });
}

export function resetKeys() {
  change({ ...chosen, own: {} });
}

learn();

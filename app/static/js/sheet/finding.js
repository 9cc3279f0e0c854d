// Finding pictures: "/" leads to the field, Escape back to the pictures, and the form sends only what says something.
import { focusedPlace, focusPlace } from "./focus.js";
import { addCommands } from "./keys.js";
import { grid } from "./tiles.js";

const form = document.getElementById("finding");
const text = document.getElementById("find-text");
const DEFAULTS = { sort: "order", stack: "none" };

function find() {
  text.focus();
  text.select();
}

// Short addresses are easier to share, and the same sheet always has the same one.
function leaveOutDefaults({ formData }) {
  for (const [name, value] of [...formData]) if (value === "" || value === DEFAULTS[name]) formData.delete(name);
}

function onKey(event) {
  if (event.key !== "Escape" || event.isComposing) return;
  event.preventDefault();
  text.value = text.defaultValue;
  focusPlace(focusedPlace());
}

if (grid && form) {
  addCommands("grid", { filter: find });
  form.addEventListener("formdata", leaveOutDefaults);
  text.addEventListener("keydown", onKey);
}

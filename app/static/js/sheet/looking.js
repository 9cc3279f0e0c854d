// The ways between the sheet, the loupe, compare and survey, and what keys and buttons do in each of them.
import { compare, compareCommands, openCompare } from "./compare.js";
import { focusedPlace, focusedPosition } from "./focus.js";
import { inTurn } from "./in_turn.js";
import { loupe, loupeCommands, openLoupe, shownPosition } from "./loupe.js";
import { selectedPositions } from "./selection.js";
import { openSurvey, survey, surveyCommands, surveyedPair } from "./survey.js";

// Two that are selected are compared with each other, else the focused one with the next.
function compareFromGrid() {
  const selected = selectedPositions();
  if (selected.length === 2) openCompare(...selected);
  else if (focusedPosition() !== null) openCompare(focusedPosition());
}

/** What opens from the sheet itself. */
export const openers = {
  loupe: () => openLoupe(focusedPlace()),
  zoom: () => openLoupe(focusedPlace(), { zoomed: true }),
  info: () => openLoupe(focusedPlace(), { side: true }),
  compare: compareFromGrid,
  survey: () => focusedPosition() !== null && openSurvey(focusedPosition()),
};

const NOW = { atOnce: ["close", "escape"] }; // whoever wants to leave does not wait for a picture

/** Name of a surface (see surface.js) → name of a command → what it does there. */
export const lookingCommands = {
  loupe: inTurn({ ...loupeCommands, compare: () => openCompare(shownPosition()), survey: () => openSurvey(shownPosition()) }, NOW),
  compare: inTurn(compareCommands, NOW),
  survey: inTurn({ ...surveyCommands, compare: () => openCompare(...surveyedPair()) }, NOW),
};

function onClick(event) {
  const does = event.target.closest("[data-does]")?.dataset.does;
  if (does) lookingCommands[event.currentTarget.id][does]?.(event);
}

for (const surface of [loupe, compare, survey]) surface?.addEventListener("click", onClick);

// How far the job is, for those who look at another tab: the title and the icon. #standing carries the facts; every answer
// of the sheet renews it, and while the tab is hidden it asks by itself.
import { showInIcon } from "./tab_icon.js";

const ENDED = { completed: "Done", partially_failed: "Done, some failed", failed: "Failed", cancelled: "Cancelled" };
let before = null;

/** Called with the facts (state, percent, ended, total, failed, title) when the job has ended while this page was open. */
export const onEnded = new Set();

export const standing = () => document.getElementById("standing")?.dataset;
export const isLive = () => "live" in (standing() ?? {});

function titleOf({ state, percent, title }, hasEnded) {
  if (isLive()) return state === "paused" ? `Paused · ${title}` : `${percent} % · ${title}`;
  return hasEnded ? `${ENDED[state]} · ${title}` : title;
}

function look() {
  const facts = standing();
  if (!facts) return;
  const hasEnded = !isLive() && (before === "live" || before === "ended");
  document.title = `${titleOf(facts, hasEnded)} · Proofsheet`;
  showInIcon(isLive() ? Number(facts.percent) : null, { paused: facts.state === "paused" });
  if (hasEnded && before === "live") for (const listener of onEnded) listener(facts);
  before = isLive() ? "live" : hasEnded ? "ended" : "rests";
}

look();
document.addEventListener("htmx:after:swap", look);

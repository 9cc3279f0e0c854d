// When the job has ended nothing asks by itself any more; what others do meanwhile is asked for when a person comes back to the
// page, when an answer shows that somebody else was at work, and when another tab of this browser has changed something.
import { onSettled } from "./history.js";
import { grid } from "./tiles.js";
import { knownRevision, noteRevision, rests, wake } from "./updates.js";

const tabs = grid && "BroadcastChannel" in window ? new BroadcastChannel(`proofsheet:job:${grid.dataset.job}`) : null;
let own = 0; // the revision this page has made last

function comeBack() {
  if (!document.hidden && rests()) wake();
}

function hearAnswer({ answer }) {
  if (!answer || answer.revision <= own) return;
  const isNextToKnown = answer.revision <= knownRevision() + 1;
  own = answer.revision;
  noteRevision(own);
  tabs?.postMessage(own);
  if (!isNextToKnown) comeBack();
}

/** Called once by the entry. */
export function start() {
  document.addEventListener("visibilitychange", comeBack);
  window.addEventListener("focus", comeBack);
  onSettled.add(hearAnswer);
  tabs?.addEventListener("message", ({ data }) => data > knownRevision() && comeBack());
}

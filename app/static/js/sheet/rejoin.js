// When the job has ended nothing asks by itself any more; what others do meanwhile is asked for when a person comes back to the
// page, when an answer shows that somebody else was at work, and when another tab of this browser has changed something.
import { onSettled } from "./history.js";
import { onPage } from "./pages.js";
import { grid } from "./tiles.js";
import { knownRevision, rests, wake } from "./updates.js";

const tabs = grid && "BroadcastChannel" in window ? new BroadcastChannel(`proofsheet:job:${grid.dataset.job}`) : null;
let own = 0; // the revision this page has made last

const known = () => Math.max(own, knownRevision());

function comeBack() {
  if (!document.hidden && rests()) wake();
}

function hearAnswer({ answer }) {
  if (!answer || answer.revision <= own) return;
  const isNextToKnown = answer.revision <= known() + 1;
  own = answer.revision;
  tabs?.postMessage(own);
  if (!isNextToKnown) comeBack();
}

// A page of tiles from before what was marked here shows its tiles as they were: what has changed is asked for once they are there.
function hearPage(tag) {
  if (Number.parseInt(tag, 10) < own) setTimeout(comeBack);
}

/** Called once by the entry. */
export function start() {
  onPage.add(hearPage);
  document.addEventListener("visibilitychange", comeBack);
  window.addEventListener("focus", comeBack);
  onSettled.add(hearAnswer);
  tabs?.addEventListener("message", ({ data }) => data > known() && comeBack());
}

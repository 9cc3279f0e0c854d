// A notification when the job ends. Nobody is asked for permission unless they press the button.
import { recall, remember } from "../preferences.js";
import { showToast } from "../toast.js";
import { isLive, onEnded } from "./standing.js";

const button = document.getElementById("notify");
const place = `notify:${location.pathname}`;
const ENDED = {
  completed: "The job is done",
  partially_failed: "The job has ended, some images failed",
  failed: "The job has failed",
  cancelled: "The job is cancelled",
};
const BLOCKED = "This browser blocks notifications from here. Allow them in the settings of the site, then press again.";

const isWanted = () => recall(place) === "yes" && Notification.permission === "granted";

function show() {
  button.hidden = !isLive();
  button.setAttribute("aria-pressed", String(isWanted()));
  button.querySelector("use").setAttribute("href", button.querySelector("use").getAttribute("href").replace(/#.*/, isWanted() ? "#bell-ring" : "#bell"));
}

async function onPress() {
  const wanted = !isWanted();
  const allowed = wanted && (await Notification.requestPermission()) === "granted";
  if (wanted && !allowed) showToast({ kind: "warning", text: BLOCKED });
  else if (wanted) showToast({ kind: "success", text: "You will be told when the job ends, as long as this page stays open." });
  remember(place, allowed ? "yes" : "no");
  show();
}

function tell({ state, ended, total, failed, title }) {
  const wanted = isWanted();
  remember(place, "no");
  show();
  if (!wanted || (!document.hidden && document.hasFocus())) return;
  const counts = `${Number(ended) - Number(failed)} of ${total} images${Number(failed) ? `, ${failed} failed` : ""}`;
  const note = new Notification(ENDED[state], { body: `${title}: ${counts}`, tag: place });
  note.addEventListener("click", () => {
    window.focus();
    note.close();
  });
}

if (button && "Notification" in window) {
  show();
  button.addEventListener("click", onPress);
  onEnded.add(tell);
  document.addEventListener("htmx:after:swap", show);
}

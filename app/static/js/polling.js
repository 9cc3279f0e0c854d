// Polls (hx-trigger="every …") rest while nobody looks, slow down while the server does not answer, and say so.
// data-poll="hidden" turns it round: such an element asks only while the tab is hidden.
const LONGEST_WAIT = 30;
const banner = document.getElementById("connection");
const resting = new Set();
const dismissed = new WeakSet();
let failures = 0;
let nextTry = 0;

const isPoll = (ctx) => ctx.sourceEvent?.type === "every";
const unreachable = (status) => status === 429 || status >= 500;

function say(text) {
  if (!banner) return;
  const words = banner.querySelector("[data-connection-text]");
  if (words.textContent !== text) words.textContent = text;
  banner.hidden = false;
}

function lost(text) {
  failures += 1;
  nextTry = performance.now() + Math.min(LONGEST_WAIT, 2 ** failures) * 1000;
  // One hiccup is not worth a word.
  if (failures > 1 || !navigator.onLine) say(text);
}

function found() {
  failures = 0;
  nextTry = 0;
  if (banner) banner.hidden = true;
}

function mayAsk(element) {
  if (dismissed.has(element)) return false;
  const forHidden = element.dataset.poll === "hidden";
  if (document.hidden !== forHidden) {
    if (!forHidden) resting.add(element);
    return false;
  }
  return performance.now() >= nextTry;
}

function askAgain(elements) {
  for (const element of elements) if (element.isConnected) element.dispatchEvent(new CustomEvent("every"));
}

function onRequest(event) {
  const { ctx } = event.detail;
  if (isPoll(ctx) && !mayAsk(ctx.sourceElement)) event.preventDefault();
}

function onAnswer(event) {
  const { ctx } = event.detail;
  const { status } = ctx.response;
  if (!isPoll(ctx)) return unreachable(status) ? undefined : found();
  if (unreachable(status)) return lost("The server does not answer. Trying again…");
  found();
  if (status < 400 || ctx.hx?.redirect) return undefined;
  dismissed.add(ctx.sourceElement);
  return say("This page cannot be updated any more. Reload it to see how things are.");
}

function onError(event) {
  // A failing request of the network has no answer; faults in a swap do and are none of ours.
  if (event.detail.ctx && !event.detail.ctx.response) lost("Connection lost. Trying again…");
}

function retry() {
  nextTry = 0;
  const polls = document.querySelectorAll('[hx-trigger*="every"]');
  if ([...polls].some((element) => !dismissed.has(element))) askAgain(polls);
  else location.reload();
}

document.addEventListener("htmx:before:request", onRequest);
document.addEventListener("htmx:after:request", onAnswer);
document.addEventListener("htmx:error", onError);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  const waiting = [...resting];
  resting.clear();
  askAgain(waiting);
});
window.addEventListener("offline", () => say("You are offline. What you see stays as it is."));
// A page that asks nothing by itself has nothing to ask again, and is not reloaded under anybody's hands.
window.addEventListener("online", () => (document.querySelector('[hx-trigger*="every"]') ? retry() : found()));
banner?.querySelector("[data-connection-retry]").addEventListener("click", retry);

// Steps on their way to the server: in the order in which they were made, as many as have gathered in one request. The first one
// goes at once; those of a quick hand gather for a moment. Without a connection they wait, visibly, and go when it is back.
import { renewToken } from "../form_token.js";
import { uuid } from "../uuid.js";
import { keep, takeOver } from "./outbox.js";
import { kindOf, positionsOf, positionsOfStep, valueOf } from "./changes.js";
import { parseRuns } from "./runs.js";
import { grid } from "./tiles.js";

const MOST = 200; // steps in one request
const PACE = 250; // milliseconds from the beginning of one request to that of the next
const LONGEST_WAIT = 15; // seconds between two tries
const LOOK_AGAIN = 60_000; // milliseconds between two looks for steps of pages that are gone
const LOST = new Set([401, 408, 429, 502, 503, 504]);
const queue = []; // [{changes, settle}]
let busy = false;
let begun = -PACE; // when the last request began
let failures = 0;
let timer = null;
let singly = 0; // so many steps are sent one by one: a refusal of many may be about one of them
let sent = null; // {id, count}: the first steps of the queue, sent as one request that may have been answered
let idle = null; // {promise, resolve} of those who wait until everything is answered

const token = () => document.querySelector('#marks-form [name="csrf_token"]').value;

/** Called after the number of waiting steps, or the reason they wait, has changed. */
export const onQueue = new Set();
let reason = null; // null while nothing is in the way

const tell = () => onQueue.forEach((listener) => listener());
const save = () => keep(queue.map(({ changes }) => changes));

/** How many pictures' decisions wait because the server cannot be reached, and why; null when nothing is in the way. */
export function held() {
  if (!reason) return null;
  return { count: positionsOfStep(queue.flatMap(({ changes }) => changes)).length, reason };
}

const request = (body) =>
  fetch(grid.dataset.marksUrl, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token() },
    body,
    keepalive: body.length < 50_000, // closing the tab does not stop it; the standard allows no more
  }).catch(() => null);

// Only the answer tells what pictures that are not loaded were marked with: the same request, by its id, gets the same answer.
async function post(steps) {
  const { person } = grid.dataset;
  const body = JSON.stringify({ person, request: sent.id, changes: steps.flatMap(({ changes }) => changes) });
  const first = await request(body);
  return first && renewToken(first.headers) ? request(body) : first; // nothing was marked: only the token was old
}

async function refusal(response) {
  if (response.status === 403) return "Your role does not allow marking pictures.";
  const problems = await response.json().then((answer) => answer.problems, () => null);
  return problems?.join(" ") ?? "The server did not accept it.";
}

const isAnswer = (response) => response.ok && response.headers.get("Content-Type")?.startsWith("application/json");

function wait(response) {
  failures += 1;
  reason = response?.status === 401 ? "signed out" : "offline";
  timer = setTimeout(pump, Math.min(LONGEST_WAIT, 2 ** (failures - 1)) * 1000);
  save(); // the steps are seen to be looked after
  tell();
}

function finish(steps) {
  queue.splice(0, steps.length);
  singly = Math.max(0, singly - steps.length);
  sent = null;
  failures = 0;
  reason = null;
  save();
  tell();
}

async function deliver(steps) {
  const response = await post(steps);
  if (!response || LOST.has(response.status)) return wait(response);
  if (isAnswer(response)) {
    const answer = await response.json();
    finish(steps);
    settleAll(steps, answer);
  } else if (steps.length > 1) {
    singly = steps.length;
    sent = null; // nothing was done
  } else {
    const error = await refusal(response);
    finish(steps);
    steps[0].settle({ error });
  }
  return undefined;
}

// What was there before is told by the server for the whole request: "mark 12" → "none".
function settleAll(steps, answer) {
  const count = steps.reduce((sum, { changes }) => sum + changes.length, 0);
  const known = new Map();
  for (const change of answer.before) for (const position of positionsOf(change)) known.set(`${kindOf(change)} ${position}`, valueOf(change));
  const moved = new Map();
  let first = 0; // where the step's changes begin within the request
  for (const step of steps) {
    const end = first + step.changes.length;
    const mine = answer.skipped.filter(({ change }) => change >= first && change < end);
    const skipped = new Set(mine.flatMap(({ at }) => parseRuns(at)));
    step.settle({ answer, skipped, known, moved, isLast: end === count });
    first = end;
  }
}

function pump() {
  clearTimeout(timer);
  if (busy) return undefined;
  if (!queue.length) {
    idle?.resolve();
    idle = null;
    return undefined;
  }
  const early = begun + PACE - performance.now();
  if (early > 0 && !idle && !singly) {
    timer = setTimeout(pump, early);
    return undefined;
  }
  busy = true;
  begun = performance.now();
  sent ??= { id: uuid(), count: Math.min(queue.length, singly ? 1 : MOST) };
  return deliver(queue.slice(0, sent.count)).finally(() => {
    busy = false;
    if (!reason) pump();
  });
}

/** Sends the changes of a step after all that were sent before. `settle` gets {answer, skipped, known, moved, isLast} or {error}. */
export function send(changes, settle) {
  queue.push({ changes, settle });
  save();
  if (reason) tell();
  else pump();
}

/** Steps of pages that are gone, now and from time to time: they are sent again, `adopt(changes)` answers who hears of each. */
export function resume(adopt) {
  const take = (steps) => {
    for (const changes of steps) queue.push({ changes, settle: adopt(changes) });
    save();
    if (reason) tell();
    else pump();
  };
  takeOver(take);
  setInterval(() => takeOver(take), LOOK_AGAIN);
}

/** Null when nothing is on its way, else a promise that is kept when everything sent so far has been answered. */
export function underWay() {
  if (!queue.length) return null;
  idle ??= Promise.withResolvers?.() ?? withResolvers();
  if (!reason) pump(); // somebody waits: nothing gathers any longer
  return idle.promise;
}

function withResolvers() {
  let resolve;
  const promise = new Promise((kept) => {
    resolve = kept;
  });
  return { promise, resolve };
}

function retry() {
  failures = 0;
  pump();
}

// A page that leaves does not gather. Should the request not get away, the next page of this sheet finds the steps.
function leave() {
  if (reason) return;
  begun = -PACE;
  pump();
}

document.addEventListener("visibilitychange", () => document.hidden && leave());
window.addEventListener("pagehide", leave);
window.addEventListener("online", retry);
window.addEventListener("focus", () => reason && retry());

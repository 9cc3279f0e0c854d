// Marks on their way to the server: one request at a time, in the order in which they were made.
import { renewToken } from "../form_token.js";
import { grid } from "./tiles.js";

const token = () => document.querySelector('#marks-form [name="csrf_token"]').value;
let last = Promise.resolve();
let waiting = 0;

export class Refused extends Error {}

const request = (marks) =>
  fetch(grid.dataset.marksUrl, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token() },
    body: JSON.stringify({ marks }),
  });

async function post(marks) {
  const first = await request(marks);
  const response = renewToken(first.headers) ? await request(marks) : first; // nothing was marked: only the token was old
  if (response.ok && response.headers.get("Content-Type")?.startsWith("application/json")) return response.json();
  throw new Refused(await reason(response));
}

async function reason(response) {
  if (response.status === 401) return "You are not signed in any more. Sign in in another tab, then mark again.";
  if (response.status === 403) return "Your role does not allow marking pictures.";
  const problems = await response.json().then((answer) => answer.problems, () => null);
  return problems?.join(" ") ?? "The server did not accept the marks.";
}

/** Sends [{id, mark}, …] after all that were sent before; answers the server's JSON or throws. */
export function send(marks) {
  waiting += 1;
  const answer = last.then(() => post(marks)).finally(() => {
    waiting -= 1;
  });
  last = answer.catch(() => {}); // the next request does not wait for this one's success; its caller handles the failure
  return answer;
}

/** Null when nothing is on its way, else a promise that is kept when everything sent so far has been answered. */
export const underWay = () => (waiting ? last : null);

// Closing the tab would lose what is not sent yet.
window.addEventListener("beforeunload", (event) => {
  if (waiting) event.preventDefault();
});

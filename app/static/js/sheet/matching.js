// "All 412…": marks, the trash and another run for everything that the filters let through, loaded or not. The number is said,
// and agreed to, before anything happens.
import { ask } from "../dialog.js";
import { renewToken } from "../form_token.js";
import { showToast } from "../toast.js";
import { setMark, trash } from "./marks.js";
import { everything, onChanged } from "./order.js";
import { formatRuns } from "./runs.js";
import { grid } from "./tiles.js";

const menu = document.getElementById("matching");
const number = new Intl.NumberFormat("en-US");
const pictures = (count) => `${number.format(count)} ${count === 1 ? "picture" : "pictures"}`;
const token = () => document.querySelector('#marks-form [name="csrf_token"]').value;

const DECISIONS = {
  keep: { title: "Keep", text: "They get the mark “kept”, whatever mark they have now.", run: (positions) => setMark(positions, "keep") },
  reject: { title: "Reject", text: "They get the mark “rejected”, whatever mark they have now.", run: (positions) => setMark(positions, "reject") },
  none: { title: "Clear the marks of", text: "They have no mark afterwards.", run: (positions) => setMark(positions, "none") },
  trash: { title: "Move to the trash:", text: "Published pictures stay. The others can be taken out again.", danger: true, run: (positions) => trash(positions, true) },
  restore: { title: "Take out of the trash:", text: "They are on the sheet again, with their marks.", run: (positions) => trash(positions, false) },
};

async function decide({ title, text, danger = false, run }) {
  const positions = everything();
  const question = `${text} What has no picture yet is left out. You can undo it.`;
  if (await ask({ title: `${title} all ${pictures(positions.length)}?`, text: question, yes: `${title.replace(/:$/, "").split(" ")[0]} ${number.format(positions.length)}`, danger })) run(positions);
}

async function post(address, fields) {
  const headers = () => ({ Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token() });
  const send = () => fetch(address, { method: "POST", headers: headers(), body: JSON.stringify(fields) }).catch(() => null);
  const first = await send();
  const answer = first && renewToken(first.headers) ? await send() : first; // nothing was done: only the token was old
  if (!answer) throw new Error("The server cannot be reached. Nothing was run again; try it when the connection is back.");
  const body = await answer.json().catch(() => null);
  if (!answer.ok || !body) throw new Error(body?.problems?.join(" ") ?? "The server did not accept that.");
  return body;
}

// Who filters by a kind of failure means just that kind, also one that would fail in the same way again.
function wanted() {
  const fields = { at: formatRuns(everything().sort((one, other) => one - other)) };
  return new URLSearchParams(location.search).has("error") ? { ...fields, refused: true } : fields;
}

async function runAgain() {
  const fields = wanted();
  try {
    const { images, sentence } = await post(`${grid.dataset.rerunUrl}/look`, fields);
    if (!images) return void showToast({ kind: "info", text: sentence });
    if (!(await ask({ title: `Run ${number.format(images)} again?`, text: sentence, yes: `Run ${number.format(images)} again` }))) return;
    const done = await post(grid.dataset.rerunUrl, fields);
    showToast({ kind: "success", text: done.sentence });
    document.body.dispatchEvent(new CustomEvent("jobChanged", { bubbles: true }));
  } catch (error) {
    showToast({ kind: "error", text: error.message });
  }
}

function onClick(event) {
  const does = event.target.closest("[data-matching]")?.dataset.matching;
  if (does === "retry") runAgain();
  else if (does) decide(DECISIONS[does]);
}

function showCount() {
  for (const element of document.querySelectorAll("[data-matching-count]")) element.textContent = number.format(everything().length);
}

if (menu && grid) {
  menu.addEventListener("click", onClick);
  onChanged.add(showCount);
}

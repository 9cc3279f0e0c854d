// Dialogs: [data-opens="id"] opens one, [data-closes] closes the one around it, a press beside it closes it too.
// A form with data-confirm asks before it is sent. The answer of htmx to a request can open (data-shows on the
// dialog, when something was swapped into it) or close (HX-Trigger: closeDialog) one.
const confirmation = document.getElementById("confirm");
const agreed = new WeakSet();

function onClick(event) {
  const opener = event.target.closest?.("[data-opens]");
  const dialog = opener && document.getElementById(opener.dataset.opens);
  if (dialog) {
    event.preventDefault();
    if (!dialog.open) dialog.showModal();
  } else if (event.target.closest?.("[data-closes]")) {
    event.target.closest("dialog").close();
  }
}

// A press that starts and ends on the dialog element itself is on its backdrop.
function onPress(event) {
  if (!(event.target instanceof HTMLDialogElement) || !event.target.open) return;
  const box = event.target.getBoundingClientRect();
  const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
  if (!inside) event.target.close();
}

/** Asks a question in a dialog; resolves to whether the person agreed. */
export function ask({ title, text, yes = "Yes", danger = false }) {
  confirmation.querySelector("#confirm-title").textContent = title;
  confirmation.querySelector("#confirm-text").textContent = text;
  const button = confirmation.querySelector("[data-answer=yes]");
  button.textContent = yes;
  button.classList.toggle("btn-danger", danger);
  button.classList.toggle("btn-main", !danger);
  confirmation.returnValue = "no";
  confirmation.showModal();
  return new Promise((resolve) => {
    confirmation.addEventListener("close", () => resolve(confirmation.returnValue === "yes"), { once: true });
  });
}

async function onSubmit(event) {
  const form = event.target;
  const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
  if (!question || !confirmation) return;
  if (agreed.delete(form)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const source = event.submitter?.dataset.confirm ? event.submitter : form;
  const { confirmTitle: title = "Are you sure?", confirmYes: yes, confirmDanger: danger } = source.dataset;
  if (!(await ask({ title, text: question, yes, danger: danger !== undefined }))) return;
  agreed.add(form);
  form.requestSubmit(event.submitter);
}

document.addEventListener("click", onClick);
document.addEventListener("pointerdown", onPress);
document.addEventListener("submit", onSubmit, { capture: true });
document.addEventListener("htmx:after:swap", (event) => {
  const dialog = event.detail.ctx.target?.closest?.("dialog[data-shows]");
  if (dialog && !dialog.open) dialog.showModal();
});
document.addEventListener("closeDialog", (event) => event.target.closest?.("dialog")?.close());

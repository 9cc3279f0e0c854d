// A button that was pressed shows that it works, and a form is sent once until its answer is there.
const STARTED = "busy";

function start(button) {
  if (!button || STARTED in button.dataset) return;
  button.style.minWidth = `${button.offsetWidth}px`;
  button.dataset.busy = "";
  button.setAttribute("aria-disabled", "true"); // not disabled: that would take the focus and the button's own value away
  const label = button.querySelector(":scope > span");
  if (!button.dataset.busyText || !label) return;
  button.dataset.label = label.textContent;
  label.textContent = button.dataset.busyText;
}

function stop(button) {
  if (!button || !(STARTED in button.dataset)) return;
  delete button.dataset.busy;
  button.removeAttribute("aria-disabled");
  button.style.minWidth = "";
  const label = button.querySelector(":scope > span");
  if (button.dataset.label && label) label.textContent = button.dataset.label;
  delete button.dataset.label;
}

function lock(form, submitter) {
  form.dataset.sending = "";
  start(submitter ?? form.querySelector("[type=submit], button:not([type])"));
}

function unlock(form) {
  delete form.dataset.sending;
  const outside = form.id ? document.querySelectorAll(`[form="${CSS.escape(form.id)}"][data-busy]`) : [];
  for (const button of [...form.querySelectorAll("[data-busy]"), ...outside]) stop(button);
}

function onSubmitFirst(event) {
  if (!("sending" in event.target.dataset)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

// Native sending only: htmx forms are locked when their request starts, and unlocked when it ends.
function onSubmit(event) {
  const form = event.target;
  const stays = event.defaultPrevented || form.method === "dialog" || form.method === "get" || form.target === "_blank";
  if (!stays) lock(form, event.submitter);
}

function onRequest(event) {
  const { sourceElement, sourceEvent, request } = event.detail.ctx;
  if (sourceElement.matches("form") && sourceEvent?.type === "submit") lock(sourceElement, request.submitter);
  else if (sourceElement.matches("button, .btn")) start(sourceElement);
}

function onDone(event) {
  const { ctx } = event.detail;
  if (ctx.hx?.redirect || ctx.hx?.location || ctx.hx?.refresh) return; // the page is about to go
  if (ctx.sourceElement.matches?.("form")) unlock(ctx.sourceElement);
  else stop(ctx.sourceElement);
}

document.addEventListener("submit", onSubmitFirst, { capture: true });
document.addEventListener("submit", onSubmit);
document.addEventListener("htmx:before:request", onRequest);
document.addEventListener("htmx:finally:request", onDone);
document.addEventListener("click", (event) => {
  if (event.target.closest?.(".btn[aria-disabled=true]")) event.preventDefault();
}, { capture: true });
// Back from the next page: the browser may show this one as it was left.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form[data-sending]").forEach(unlock);
});

// Short messages at the edge of the page. They come from the server (rendered, as an <hx-partial>, or as the header
// HX-Trigger: {"toast": {"kind": "success", "text": "…"}}) and from other modules (showToast).
const ICONS = { success: "circle-check", warning: "triangle-alert", error: "octagon-x", info: "info" };
const SECONDS = { success: 6, info: 6, warning: 10, error: 14 };
const AT_MOST = 4;
const region = document.getElementById("toasts");
const sprite = document.querySelector("use")?.getAttribute("href")?.split("#")[0] ?? "/static/icons.svg";

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${sprite}#${name}`);
  svg.append(use);
  return svg;
}

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** Shows a message. action: {label, run} puts a button into it, such as Undo. Returns the element. */
export function showToast({ kind = "info", text, action = null }) {
  const dismiss = element("button", { type: "button", ariaLabel: "Dismiss" }, icon("x"));
  dismiss.dataset.dismiss = "";
  const actions = element("div", { className: "toast-actions" });
  if (action) actions.append(element("button", { type: "button", textContent: action.label, onclick: action.run }));
  actions.append(dismiss);
  const toast = element("div", { className: "toast" }, icon(ICONS[kind] ?? "info"), element("p", { textContent: text }), actions);
  toast.dataset.kind = kind;
  if (action) actions.firstChild.addEventListener("click", () => toast.remove());
  region?.append(toast);
  return toast;
}

// A toast stays while it is pointed at or holds the focus, and while the tab cannot be seen.
function leaveLater(toast) {
  let left = SECONDS[toast.dataset.kind] ?? 6;
  const timer = setInterval(() => {
    if (!toast.isConnected) clearInterval(timer);
    else if (!document.hidden && !toast.matches(":hover, :focus-within") && (left -= 1) <= 0) toast.remove();
  }, 1000);
}

// Above everything, also above a dialog that was opened before.
function raise() {
  if (region.matches(":popover-open")) region.hidePopover();
  region.showPopover();
}

function arrived(toasts) {
  toasts.forEach(leaveLater);
  while (region.children.length > AT_MOST) region.firstElementChild.remove();
  if (toasts.length > 0) raise();
}

function fromHeader(header) {
  if (!header?.startsWith("{")) return;
  const { toast } = JSON.parse(header);
  if (toast) showToast(toast);
}

// What the reader is told when an answer brought no words of its own, for example from a proxy.
function refusal(status) {
  if (status === 403) return "Your role does not allow this.";
  if (status === 404) return "This is not there any more. Reload the page.";
  if (status === 409) return "Something changed meanwhile. Reload the page and try again.";
  if (status === 413) return "That is more than the server accepts.";
  if (status === 429) return "That was too fast. Wait a moment and try again.";
  if (status >= 500) return "The server could not do that. Nothing was lost; try again.";
  return "The server did not accept that. Reload the page and try again.";
}

function onRefused(event) {
  const { ctx } = event.detail;
  const explained = ctx.hx?.redirect || ctx.hx?.trigger?.includes('"toast"') || ctx.text?.includes("<hx-partial");
  const poll = ctx.sourceEvent?.type === "every";
  if (!explained && !poll && ctx.response.status !== 422) showToast({ kind: "error", text: refusal(ctx.response.status) });
}

if (region) {
  region.popover = "manual"; // only here: without this module a popover would stay hidden
  arrived([...region.querySelectorAll(".toast")]);
  new MutationObserver((records) => {
    const added = records.flatMap((record) => [...record.addedNodes]);
    arrived(added.filter((node) => node.classList?.contains("toast")));
  }).observe(region, { childList: true });
  region.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.closest(".toast").remove());
  // Read from the answer, not from the event htmx makes of it: the element that asked may be gone by then.
  document.addEventListener("htmx:after:request", (event) => fromHeader(event.detail.ctx.hx?.trigger));
  document.addEventListener("htmx:response:error", onRefused);
}

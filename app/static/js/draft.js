// What was typed into a form survives leaving the page, Back and a reload: it is kept in this tab until it is sent, and
// shown once more when Back leads to the form after that. The form names its place with data-draft.
import { showToast } from "./toast.js";

const NEVER = new Set(["csrf_token", "form_token", "choices_for", "checked"]);
const REST = 300;
let timer = 0;
let isLeaving = false; // for an empty form: an answer that comes until then has nothing to keep

const key = (form) => `proofsheet:draft:${form.dataset.draft}`;

function load(form) {
  try {
    return JSON.parse(sessionStorage.getItem(key(form)));
  } catch {
    return null; // no storage in this window: nothing is kept
  }
}

function store(form, draft) {
  try {
    if (draft) sessionStorage.setItem(key(form), JSON.stringify(draft));
    else sessionStorage.removeItem(key(form));
  } catch {
    // Full or forbidden: the form works without a copy.
  }
}

function read(form) {
  const fields = [...new FormData(form)].filter(([name, value]) => !NEVER.has(name) && typeof value === "string");
  return Object.fromEntries(fields.map(([name, value]) => [name, value.replaceAll("\r\n", "\n")]));
}

function save(form) {
  clearTimeout(timer);
  timer = 0;
  const fields = read(form);
  const before = load(form);
  if (before?.sent && JSON.stringify(before.fields) === JSON.stringify(fields)) return;
  store(form, { fields });
}

// A choice that the page does not offer (those of another model) is sent as it was; the server brings what fits.
function fill(form, name, value) {
  const field = form.elements[name];
  if (!field) return;
  field.value = value;
  if (!(field instanceof RadioNodeList) || field.value === value) return;
  const choices = [...field];
  for (const choice of choices) choice.checked = false;
  choices[0].closest("fieldset").append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  form.elements.choices_for.value = "";
}

function restore(form, fields) {
  for (const [name, value] of Object.entries(fields)) fill(form, name, value);
  for (const more of form.querySelectorAll("details")) {
    more.open ||= [...more.querySelectorAll("[name]")].some((field) => field.value);
  }
}

function startEmpty(form) {
  clearTimeout(timer);
  timer = 0;
  isLeaving = true;
  store(form, null);
  location.replace(location.pathname);
}

function show(form) {
  form.querySelector("textarea").dispatchEvent(new Event("input", { bubbles: true })); // the preview looks at it again
  showToast({ text: "What you typed here before is back.", action: { label: "Start empty", run: () => startEmpty(form) } });
}

/** Keeps what is typed into the form that `find` answers, which may be replaced, and shows what was kept of it. */
export function keepDraft(find) {
  const came = performance.getEntriesByType("navigation")[0]?.type;
  const draft = load(find());
  if (draft?.sent && came === "navigate") store(find(), null);
  else if (draft && JSON.stringify(draft.fields) !== JSON.stringify(read(find()))) {
    restore(find(), draft.fields);
    window.addEventListener("pageshow", () => setTimeout(() => show(find())), { once: true }); // htmx begins in such a timer too, set before this one
  }
  const later = () => {
    clearTimeout(timer);
    if (isLeaving) return;
    timer = setTimeout(() => save(find()), REST);
  };
  document.addEventListener("input", (event) => event.target.form === find() && later());
  document.addEventListener("htmx:after:swap", later); // prompts may have been put in order by the server
  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
    if (ctx.sourceElement !== find() || !ctx.hx?.redirect) return;
    save(find());
    store(find(), { ...load(find()), sent: true });
  });
  window.addEventListener("pagehide", () => timer && save(find()));
  window.addEventListener("pageshow", () => (isLeaving = false)); // Back brings the page as it was left
}

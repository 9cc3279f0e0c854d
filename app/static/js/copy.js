// [data-copy="text"] or [data-copy-from="#id"]: copies, and says so on the button itself.
const SHOWN_FOR = 2000;

function textOf(button) {
  return button.dataset.copy ?? document.querySelector(button.dataset.copyFrom).textContent.trim();
}

// Without a secure context there is no clipboard interface; a selected text can still be copied.
async function write(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const holder = Object.assign(document.createElement("textarea"), { value: text });
  document.body.append(holder);
  holder.select();
  const done = document.execCommand("copy");
  holder.remove();
  if (!done) throw new Error("the browser did not copy");
  return undefined;
}

function tell(button, word) {
  const label = button.querySelector("span") ?? button;
  button.dataset.copied = "";
  button.dataset.label ??= label.textContent;
  label.textContent = word;
  clearTimeout(button.copyTimer);
  button.copyTimer = setTimeout(() => {
    label.textContent = button.dataset.label;
    delete button.dataset.copied;
  }, SHOWN_FOR);
}

async function onClick(event) {
  const button = event.target.closest?.("[data-copy], [data-copy-from]");
  if (!button) return;
  try {
    await write(textOf(button));
    tell(button, "Copied");
  } catch {
    tell(button, "Select and copy by hand");
  }
}

document.addEventListener("click", onClick);

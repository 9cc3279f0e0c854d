// Light, dark or the system's choice: radio inputs inside [data-theme-choice].
import { recall, remember } from "./preferences.js";

const choice = document.querySelector("[data-theme-choice]");

function show(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

if (choice) {
  const kept = recall("theme") ?? "system";
  for (const input of choice.querySelectorAll("input[type=radio]")) input.checked = input.value === kept;
  choice.addEventListener("change", (event) => {
    show(event.target.value);
    remember("theme", event.target.value);
  });
}

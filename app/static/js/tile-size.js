// [data-tile-size], a range input: how large pictures are shown on the contact sheet, kept for this person on this device.
import { recall, remember } from "./preferences.js";

const root = document.documentElement;

for (const input of document.querySelectorAll("[data-tile-size]")) {
  input.value = recall("tile") ?? Number.parseFloat(getComputedStyle(root).getPropertyValue("--tile"));
  input.addEventListener("input", () => root.style.setProperty("--tile", `${input.value}px`));
  input.addEventListener("change", () => remember("tile", input.value));
}

// How large the tiles are: kept for one person on one device.
import { recall, remember } from "../preferences.js";

const slider = document.querySelector("[data-tile-size]");

function change() {
  document.documentElement.style.setProperty("--tile", `${slider.value}px`);
  remember("tile", slider.value);
}

if (slider) {
  slider.value = recall("tile") ?? "168";
  slider.addEventListener("input", change);
}

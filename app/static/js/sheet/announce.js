// What a screen reader is told, politely, without moving the focus.
const region = document.getElementById("announcer");

export function announce(text) {
  // The same words twice are only read again when the text has changed in between.
  region.textContent = region.textContent === text ? `${text} ` : text;
}

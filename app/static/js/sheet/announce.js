// What a screen reader is told, politely, without moving the focus.
const sheet = document.getElementById("announcer");
let said = [];

// Outside an open dialog nothing is read: what lies over the sheet brings a region of its own.
const regions = () => [sheet, ...document.querySelectorAll("dialog[open] > [data-announcer]")];

function speak() {
  const text = said.join(". ");
  said = [];
  // The same words twice are only read again when the text has changed in between.
  for (const region of regions()) region.textContent = region.textContent === text ? `${text} ` : text;
}

/** Says something; what is said at the same moment is read together. */
export function announce(text) {
  if (!said.length) queueMicrotask(speak);
  said.push(text);
}

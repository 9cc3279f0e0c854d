// "5 marks wait for the connection": what was decided and could not be sent yet is said, and where to look for the way out.
import { announce } from "./announce.js";
import { held, onQueue } from "./sending.js";

const note = document.getElementById("dock-held");
const number = new Intl.NumberFormat("en-US");
const WHY = { offline: "for the connection", "signed out": "until you are signed in again" };

function words() {
  const now = held();
  if (!now?.count) return "";
  return now.count === 1 ? `1 mark waits ${WHY[now.reason]}` : `${number.format(now.count)} marks wait ${WHY[now.reason]}`;
}

function show() {
  const text = words();
  const was = note.hidden;
  note.hidden = text === "";
  if (text) note.querySelector("span").textContent = text;
  if (text && was) announce(text);
  if (!text && !was) announce("All marks are saved");
}

/** Called once by the entry. */
export function start() {
  if (note) onQueue.add(show);
}

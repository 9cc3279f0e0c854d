// The publish panel counts what the server holds: it opens when the marks that are still on their way have arrived.
import { announce } from "./announce.js";
import { underWay } from "./sending.js";

const opener = document.getElementById("publish-open");

opener?.addEventListener("click", (event) => {
  if (opener.getAttribute("aria-disabled") === "true") {
    event.preventDefault();
    event.stopImmediatePropagation();
    return void announce("No kept picture waits for its page");
  }
  const marks = underWay();
  if (!marks) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  marks.then(() => opener.click());
}, { capture: true });

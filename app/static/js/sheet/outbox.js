// Steps that the server has not confirmed are kept in this browser: a lost connection, a reload or a closed tab loses none.
import { uuid } from "../uuid.js";
import { grid } from "./tiles.js";

const ABANDONED = 60_000; // milliseconds after which a page that has not kept its steps again is not there any more
const prefix = grid ? `proofsheet:outbox:${grid.dataset.job}:${grid.dataset.person ?? ""}:` : "";

// Storage can be forbidden; the steps then live as long as the page.
function stored(use) {
  try {
    return use();
  } catch {
    return null;
  }
}

// A name for each page that is opened: a tab that is duplicated or reloaded gets one of its own. The lock of that name is held as
// long as the page lives, so what can be locked belongs to nobody any more.
const key = prefix + uuid();
const { locks } = navigator; // only where the connection is safe; elsewhere age has to do
if (grid) locks?.request(key, () => new Promise(() => {}));

const read = (name) => stored(() => JSON.parse(localStorage.getItem(name)));

/** Keeps the steps: [[{at, mark | rating | trashed}, …], …]. */
export function keep(steps) {
  stored(() => (steps.length ? localStorage.setItem(key, JSON.stringify({ beat: Date.now(), steps })) : localStorage.removeItem(key)));
}

// The steps are kept by their new page before they are taken from the old one: what dies in between is sent twice, never lost.
function take(name, adopt) {
  const found = read(name);
  if (found) adopt(found.steps);
  stored(() => localStorage.removeItem(name));
}

/** Hands over the steps of pages that are not there any more; whoever adopts them has to keep them. */
export function takeOver(adopt) {
  const names = stored(() => Object.keys(localStorage).filter((name) => name.startsWith(prefix) && name !== key)) ?? [];
  for (const name of names) {
    if (locks) locks.request(name, { ifAvailable: true }, (lock) => lock && take(name, adopt));
    else if (Date.now() - (read(name)?.beat ?? 0) > ABANDONED) take(name, adopt);
  }
}

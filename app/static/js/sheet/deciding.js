// What keys and buttons decide about the one picture that is looked at: mark, stars, trash, and taking that back.
import { advances, setAdvance } from "./advance.js";
import { announce } from "./announce.js";
import { keepOnly, redo, setMark, setRating, trash, undo } from "./marks.js";
import { remix } from "./remix.js";
import { mayMark } from "./tiles.js";

const STARS = [0, 1, 2, 3, 4, 5];
const press = (id) => document.getElementById(id)?.click();

/**
 * The commands for a surface. `surface` has shown() → the picture that is meant, or null; onward(), called after a decision
 * when auto-advance is on; back(position), called with the picture whose decision was taken back.
 */
export function deciding(surface) {
  function decide(change) {
    const picture = surface.shown();
    if (!mayMark || !picture) return undefined;
    if (!picture.large) return void announce("There is no picture to mark yet");
    return change([picture.position]) && advances() ? surface.onward() : undefined;
  }
  async function take(positions) {
    const [position, ...others] = await positions;
    if (position !== undefined && !others.length) surface.back(position);
  }
  const rate = (stars) => [`rate${stars}`, () => decide((positions) => setRating(positions, stars))];
  return {
    keep: () => decide((positions) => setMark(positions, "keep")),
    reject: () => decide((positions) => setMark(positions, "reject")),
    clear: () => decide((positions) => setMark(positions, "none")),
    keepOnly: () => mayMark && surface.shown()?.large && keepOnly(surface.shown().position),
    ...Object.fromEntries(STARS.map(rate)),
    trash: () => mayMark && surface.shown()?.large && trash([surface.shown().position]),
    autoAdvance: () => mayMark && setAdvance(!advances()),
    undo: () => take(undo()),
    redo: () => take(redo()),
    remix: () => remix(surface.shown()?.position ?? null),
    publish: () => press("publish-open"),
    help: () => press("help-open"),
  };
}

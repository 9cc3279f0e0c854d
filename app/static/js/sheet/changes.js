// A change as it travels: {at: "4-7,12", mark: "keep"} or with rating or trashed. A step is a list of them, one act of a person.
import { formatRuns, parseRuns } from "./runs.js";

const KINDS = ["mark", "rating", "trashed"];

export const kindOf = (change) => KINDS.find((kind) => kind in change);
export const valueOf = (change) => change[kindOf(change)];
export const positionsOf = (change) => parseRuns(change.at);

/** A change of some positions. They are put in order, because long runs are short to write. */
export const changeOf = (positions, kind, value) => ({ at: formatRuns([...positions].sort((one, other) => one - other)), [kind]: value });

/** All positions a step is about, each once. */
export const positionsOfStep = (changes) => [...new Set(changes.flatMap(positionsOf))];

/** Changes out of single facts: [[position, kind, value], …], what has the same value in one. */
export function gather(facts) {
  const groups = new Map();
  for (const [position, kind, value] of facts) {
    const name = `${kind} ${value}`;
    if (!groups.has(name)) groups.set(name, { kind, value, positions: [] });
    groups.get(name).positions.push(position);
  }
  return [...groups.values()].map(({ kind, value, positions }) => changeOf(positions, kind, value));
}

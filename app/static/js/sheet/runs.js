// Positions as they travel: "4-7,12,3" are runs in the order that is meant; "12(13-15),16" are stacks with their members.

/** The positions of a text of runs, in its order. */
export function parseRuns(text) {
  const positions = [];
  for (const run of text ? text.split(",") : []) {
    const [first, last = first] = run.split("-").map(Number);
    for (let position = first; position <= last; position += 1) positions.push(position);
  }
  return positions;
}

/** The shortest text of positions, keeping their order. */
export function formatRuns(positions) {
  const runs = [];
  let first = null;
  let last = null;
  const close = () => first !== null && runs.push(first === last ? `${first}` : `${first}-${last}`);
  for (const position of positions) {
    if (position !== last + 1 || first === null) {
      close();
      first = position;
    }
    last = position;
  }
  close();
  return runs.join(",");
}

/** The stacks of an order: [{head, members}], a picture that is in none as a head without members. */
export function parseStacks(text) {
  const stacks = [];
  for (const [, runs, inside] of text.matchAll(/([\d-]+)(?:\(([\d,-]*)\))?/g)) {
    for (const head of parseRuns(runs)) stacks.push({ head, members: [] });
    if (inside) stacks[stacks.length - 1].members = parseRuns(inside);
  }
  return stacks;
}

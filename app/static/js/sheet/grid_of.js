// How many columns make pictures side by side largest: arithmetic only.

/** For a number of pictures of an aspect (width by height) in a box: {columns, rows}. */
export function gridOf(number, { width, height }, aspect = 1) {
  let best = { columns: 1, rows: number, size: 0 };
  for (let columns = 1; columns <= number; columns += 1) {
    const rows = Math.ceil(number / columns);
    const size = Math.min(width / columns, (height / rows) * aspect);
    if (size > best.size) best = { columns, rows, size };
  }
  return best;
}

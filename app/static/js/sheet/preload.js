// Pictures are decoded before they are asked for: a step shows an element that is ready to be painted.
const MOST = 12; // decoded pictures are large; these are the neighbours of what is looked at
const kept = new Map(); // address → <img>, the least recently wanted first

function load(address, priority) {
  const image = Object.assign(new Image(), { decoding: "async", draggable: false, fetchPriority: priority, src: address });
  // What could not be loaded is asked for anew the next time; whoever shows the element hears its error event.
  image.decode().then(
    () => image.setAttribute("data-ready", ""),
    () => kept.get(address) === image && kept.delete(address),
  );
  return image;
}

/** The element for an address, decoded if there was time. Whoever shows it puts it into the page itself. */
export function pictureAt(address, priority = "high") {
  const image = kept.get(address) ?? load(address, priority);
  image.fetchPriority = priority;
  kept.delete(address);
  kept.set(address, image);
  while (kept.size > MOST) kept.delete(kept.keys().next().value);
  return image;
}

/** Loads and decodes pictures that may be wanted next, the likeliest first. */
export function preload(addresses) {
  for (const address of addresses) pictureAt(address, "low");
}

/** Gives the memory back when nobody looks any more. */
export const forget = () => kept.clear();

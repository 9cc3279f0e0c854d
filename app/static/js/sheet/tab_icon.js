// The icon of the tab: a ring that closes as the job goes on.
const link = document.querySelector('link[rel="icon"]');
const usual = link?.getAttribute("href");
const AROUND = 2 * Math.PI * 9;

function ring(percent, colour) {
  const done = (AROUND * percent) / 100;
  // Explicit colours: an icon stands on the browser's own ground and knows nothing of our tokens.
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke-width="5"><circle cx="12" cy="12" r="9" stroke="#9a9a9a" stroke-opacity=".55"/><circle cx="12" cy="12" r="9" stroke="${colour}" stroke-dasharray="${done.toFixed(1)} 99" transform="rotate(-90 12 12)"/></svg>`;
}

/** Shows how far something is: 0 to 100, or null for the usual icon. A pause is drawn paler. */
export function showInIcon(percent, { paused = false } = {}) {
  if (!link) return;
  const href = percent === null ? usual : `data:image/svg+xml,${encodeURIComponent(ring(percent, paused ? "#9a7b1f" : "#d9381e"))}`;
  if (link.getAttribute("href") !== href) link.setAttribute("href", href);
}

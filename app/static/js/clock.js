// Running times between two answers of the server: <span data-elapsed="14">14 s</span>, seconds at the moment of rendering.
// Counted from when the page first saw the number, so that a wrong clock on either side does not matter.
const seen = new WeakMap();

function words(seconds) {
  const total = Math.floor(seconds);
  if (total < 60) return `${total} s`;
  if (total < 3600) return `${Math.floor(total / 60)} min ${total % 60} s`;
  return `${Math.floor(total / 3600)} h ${Math.floor((total % 3600) / 60)} min`;
}

function startOf(element) {
  const rendered = element.dataset.elapsed;
  if (seen.get(element)?.rendered !== rendered) seen.set(element, { rendered, at: performance.now() - 1000 * Number(rendered) });
  return seen.get(element).at;
}

function tick() {
  for (const element of document.querySelectorAll("[data-elapsed]")) {
    const text = words((performance.now() - startOf(element)) / 1000);
    if (element.textContent !== text) element.textContent = text;
  }
}

tick();
setInterval(tick, 1000);

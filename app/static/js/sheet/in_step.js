// Panes that show the same part of their pictures: zoomed and panned together, whichever of them is moved.
import { Pane } from "./pane.js";

/** A pane for each element; `changed` is called with the one that a person has moved. */
export function inStep(elements, changed) {
  let leads = false; // one pane moves the others, never the other way round at the same time

  function mirror(pane) {
    if (leads) return;
    changed(pane);
    if (!pane.picture) return;
    leads = true;
    for (const other of panes.filter(({ picture }) => picture && picture !== pane.picture)) {
      if (pane.isZoomed) other.look(pane.view);
      else if (other.isZoomed) other.fit();
    }
    leads = false;
  }

  const panes = elements.map((element) => new Pane(element, mirror));
  return panes;
}

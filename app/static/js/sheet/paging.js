// Which pages of the sheet are wanted: a page is so many whole lines as hold about PAGE tiles.
import { columns, lineCount, lineOf, visibleLines } from "./layout.js";
import { count } from "./order.js";

const MOST = 180; // tiles in the document, unless the screen itself shows more
const PAGE = 30;

const linesPerPage = () => Math.max(1, Math.floor(PAGE / columns()));
const pageOfLine = (line) => Math.floor(line / linesPerPage());
export const pageOf = (place) => pageOfLine(lineOf(place));

const numbers = (first, end) => Array.from({ length: Math.max(0, end - first) }, (_, index) => first + index);

/** The places on a line. */
export const placesOf = (line) => numbers(line * columns(), Math.min(count(), (line + 1) * columns()));

/** The lines of a page. */
export const linesOf = (page) => numbers(page * linesPerPage(), Math.min(lineCount(), (page + 1) * linesPerPage()));

function nearby(first, last, room) {
  const end = pageOfLine(Math.max(0, lineCount() - 1));
  const pages = [];
  for (let away = 1; away <= room; away += 1) pages.push(last + away, first - away);
  return pages.filter((page) => page >= 0 && page <= end);
}

/** The pages on the screen and those of `places`. */
export function pagesNeeded(places) {
  const [first, last] = visibleLines().map(pageOfLine);
  return new Set([...numbers(first, last + 1), ...places.map(pageOf)]);
}

/** The pages that are needed, then what is next to the screen, the nearest first, as long as it fits. */
export function pagesAround(places) {
  const [first, last] = visibleLines().map(pageOfLine);
  const wanted = pagesNeeded(places);
  const most = Math.floor(MOST / (linesPerPage() * columns()));
  for (const page of nearby(first, last, most)) if (wanted.size < most) wanted.add(page);
  return wanted;
}

// What the server sends while the sheet is open: the cursor of the poll, what is dropped because the page knows better, and
// what must survive a morph. Nothing here moves the focus, the screen, the selection or what lies over the sheet.
import { announce } from "./announce.js";
import { showCounts, takePromptCounts } from "./counts.js";
import { ATTRIBUTES, valueOf } from "./drawing.js";
import { noteMatching } from "./newcomers.js";
import { onPage } from "./pages.js";
import { isPending, isPendingKind, noteServer } from "./pending.js";
import { positionOf } from "./tiles.js";
import { loadedRuns, redress } from "./window.js";

const KEPT_WHILE_PENDING = new Set(["data-pending", "aria-label"]);
const ENDINGS = {
  completed: "The job is done",
  partially_failed: "The job has ended; some pictures failed",
  failed: "The job has failed",
  cancelled: "The job is cancelled",
  paused: "The job is paused",
};
const poller = () => document.getElementById("updates");
let cursor = null; // "12" or "12.340", as the feed writes it
let floor = null; // the lowest cursor of the tile pages that arrived while a poll was on its way
let newest = 0; // the highest revision the page was told of, by the feed or in answer to what it has changed
let state = document.getElementById("job-head")?.dataset.state;

const parse = (tag) => tag.split(".").map(Number);

function lower(one, other) {
  if (one === null || other === null) return one ?? other;
  const [revision, position = Infinity] = parse(one);
  const [otherRevision, otherPosition = Infinity] = parse(other);
  return revision < otherRevision || (revision === otherRevision && position <= otherPosition) ? one : other;
}

// Only for the tiles that are in the document: those of the others come as they are then.
function ask({ request }) {
  request.headers["HX-PTag"] = cursor;
  floor = null;
  request.body.set("at", loadedRuns());
}

function hear(ctx) {
  const tag = ctx.response.headers.get("HX-PTag");
  if (!tag || ctx.response.status !== 200 || ctx.sourceElement !== poller()) return;
  cursor = lower(tag, floor);
  noteRevision(parse(tag)[0]);
}

// Where nothing asks by itself, what tiles rendered at `tag` may lack of what the page was told of is asked for.
function askIfBehind(tag) {
  if (rests() && tag !== null && parse(tag)[0] < newest) setTimeout(wake);
}

// A page of tiles was rendered before it arrived: what changed in between has to be sent again, once the tiles are there.
function hearPage(tag) {
  if (!tag) return;
  cursor = lower(cursor, tag);
  floor = lower(floor, tag);
  askIfBehind(tag);
}

// A part that was rendered before the one that is shown would turn the page back.
function isOutdated({ type, target, fragment }) {
  const shown = Number(target?.dataset?.revision);
  const sent = Number(fragment.firstElementChild?.dataset.revision);
  return type === "partial" && sent < shown;
}

function dropOutdated(tasks) {
  for (let index = tasks.length - 1; index >= 0; index -= 1) if (isOutdated(tasks[index])) tasks.splice(index, 1);
}

function noteState() {
  const now = document.getElementById("job-head").dataset.state;
  if (now !== state && ENDINGS[now]) announce(ENDINGS[now]);
  state = now;
}

function afterSwap() {
  const { kept, matching, revision } = poller().dataset;
  takePromptCounts(kept, Number(revision));
  noteMatching(matching);
  redress();
  showCounts({ all: true });
  noteState();
  askIfBehind(floor); // a page of tiles may have come while this answer was on its way
}

/** Whether nothing asks by itself any more. */
export const rests = () => !poller().hasAttribute("hx-trigger");

/** The highest revision the page was told of. */
export const knownRevision = () => newest;

/** The page has changed something: the server's answer tells which revision that made. */
export function noteRevision(revision) {
  newest = Math.max(newest, revision);
}

/** Asks now, also when the job has ended and nothing asks by itself any more. */
export function wake() {
  const element = poller();
  element.dispatchEvent(new CustomEvent(rests() ? "click" : "every"));
}

const publishes = ({ sourceElement, request }) => request?.method === "POST" && sourceElement?.closest?.("#publish-panel");

// What a person has just decided is not drawn over by what the server knew before; it is noted.
function mayMorph(element, { attrName, newValue }) {
  if (!element.classList?.contains("tile")) return true;
  const position = positionOf(element);
  if (KEPT_WHILE_PENDING.has(attrName)) return !isPending(position);
  if (attrName === "data-marked-by") return !isPendingKind(position, "mark");
  const kind = ATTRIBUTES[attrName];
  if (!kind || !isPendingKind(position, kind)) return true;
  noteServer(position, kind, valueOf(kind, newValue));
  return false;
}

/** Called once by the entry. */
export function start() {
  cursor = poller().getAttribute("hx-ptag");
  noteRevision(parse(cursor)[0]);
  onPage.add(hearPage);
  const isOurs = (ctx) => ctx.sourceElement === poller();
  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => isOurs(ctx) && ask(ctx));
  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => hear(ctx));
  document.addEventListener("htmx:before:swap", ({ detail }) => isOurs(detail.ctx) && dropOutdated(detail.tasks));
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => isOurs(ctx) && afterSwap());
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => publishes(ctx) && wake());
  document.addEventListener("jobChanged", wake);
  window.htmx.registerExtension("sheet", { htmx_before_morph_attr: mayMorph });
}

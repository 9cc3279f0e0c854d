// What the server sends while the sheet is open: the cursor of the poll, what is dropped because the page knows better,
// and what must survive a morph.
import { announce } from "./announce.js";
import { grid, tiles } from "./tiles.js";
import { isPending, noteServerMark, restore } from "./marks.js";
import { syncLoupe } from "./loupe.js";

const KEPT_WHILE_PENDING = new Set(["data-pending", "data-mark", "aria-label"]);
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
let state = document.getElementById("job-head")?.dataset.state;

const parse = (tag) => tag.split(".").map(Number);

function lower(one, other) {
  if (one === null || other === null) return one ?? other;
  const [revision, position = Infinity] = parse(one);
  const [otherRevision, otherPosition = Infinity] = parse(other);
  return revision < otherRevision || (revision === otherRevision && position <= otherPosition) ? one : other;
}

// The positions that are on the page: other tiles' changes are of no use here.
function ask({ request }) {
  const all = tiles();
  request.headers["HX-PTag"] = cursor;
  floor = null;
  if (!all.length) return;
  request.body.set("from", all[0].dataset.position);
  request.body.set("to", Number(all[all.length - 1].dataset.position) + 1);
}

const loadsMore = ({ sourceElement }) => sourceElement?.matches?.("[data-more-tiles]") ?? false;

// A page of tiles was rendered before it arrived: what changed in between has to be sent again.
function hear(ctx) {
  const tag = ctx.response.headers.get("HX-PTag");
  if (!tag || ctx.response.status !== 200) return;
  if (ctx.sourceElement === poller()) {
    cursor = lower(tag, floor);
  } else if (loadsMore(ctx)) {
    cursor = lower(cursor, tag);
    floor = lower(floor, tag);
  }
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
  restore();
  syncLoupe();
  noteState();
}

/** Asks now, also when the job has ended and nothing asks by itself any more. */
function wake() {
  const element = poller();
  element.dispatchEvent(new CustomEvent(element.hasAttribute("hx-trigger") ? "every" : "click"));
}

const concerns = (ctx) => ctx.sourceElement === poller() || loadsMore(ctx);
const publishes = ({ sourceElement, request }) => request?.method === "POST" && sourceElement?.closest?.("#publish-panel");

if (grid) {
  cursor = poller().getAttribute("hx-ptag");
  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => ctx.sourceElement === poller() && ask(ctx));
  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => hear(ctx));
  document.addEventListener("htmx:before:swap", ({ detail }) => concerns(detail.ctx) && dropOutdated(detail.tasks));
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => concerns(ctx) && afterSwap());
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => publishes(ctx) && wake());
  document.addEventListener("jobChanged", wake);
  window.htmx.registerExtension("sheet", {
    htmx_before_morph_attr(element, { attrName, newValue }) {
      if (!element.classList?.contains("tile") || !isPending(element) || !KEPT_WHILE_PENDING.has(attrName)) return true;
      if (attrName === "data-mark") noteServerMark(element, newValue);
      return false;
    },
  });
}

// Several pictures at once, each as large as fits: the selection, or the variations of the focused prompt. One is active; marks
// and stars are for it, and what is out of the running is taken out until the best is left.
import { announce } from "./announce.js";
import { deciding } from "./deciding.js";
import { focusedPlace, focusPlace } from "./focus.js";
import { gridOf } from "./grid_of.js";
import { openLoupeOn } from "./loupe.js";
import { isOnSheet, mates, placeSeen } from "./order.js";
import { forgetPictures, pictureAtPosition, picturesAt } from "./pictures.js";
import { forget } from "./preload.js";
import { isSelected, selectedPositions, toggle } from "./selection.js";
import { closeSurface, onLeave, onPageChange, openSurface, showMarking, write } from "./surface.js";
import { SurveyPicture } from "./survey_picture.js";

const number = new Intl.NumberFormat("en-US");
const MOST = 12; // at once: more would be a sheet again
export const survey = document.getElementById("survey");
const field = survey?.querySelector(".survey-pictures");
let members = []; // positions
let active = 0; // index of one of them
let shown = []; // the pictures of the page that the active one is on
let steps = 0;

const pageOf = (index) => Math.floor(index / MOST);
const activeView = () => shown.find(({ position }) => position === members[active]) ?? null;

/** Surveys the selection, if it is of two or more, else the variations of a position's prompt. */
export async function openSurvey(position) {
  const selected = selectedPositions();
  members = selected.length > 1 ? [...selected] : mates(position).filter(isOnSheet);
  if (members.length < 2) return void announce("Select two pictures or more to survey them");
  active = Math.max(0, members.indexOf(position));
  if (!(await showPage())) return;
  announce(`Survey of ${number.format(members.length)} pictures. ${activeView().picture.label}`);
}

// The pictures that stay keep their elements, so that nothing is loaded or drawn twice.
// When they cannot be loaded what was active before, `stays`, is so again.
async function showPage(stays = active) {
  const mine = (steps += 1);
  const page = members.slice(pageOf(active) * MOST, (pageOf(active) + 1) * MOST);
  const pictures = await picturesAt(page);
  if (mine !== steps) return false;
  if (!pictures?.length) {
    active = stays;
    drawActive({ focus: true });
    return false;
  }
  const old = new Map(shown.map((each) => [each.position, each]));
  shown = pictures.map((picture) => old.get(picture.position)?.update(picture) ?? new SurveyPicture(picture));
  field.replaceChildren(...shown.map(({ element }) => element));
  if (!survey.open) openSurface(survey, field);
  arrange();
  for (const each of shown) each.draw();
  drawActive({ focus: true });
  return true;
}

function arrange() {
  const { width, height } = shown[0].picture;
  const box = { width: field.clientWidth, height: field.clientHeight };
  const { columns, rows } = gridOf(shown.length, box, width / height);
  field.style.setProperty("--columns", columns);
  field.style.setProperty("--rows", rows);
}

const columns = () => Number(field.style.getPropertyValue("--columns"));

function drawActive({ focus = false } = {}) {
  const current = activeView();
  if (!current) return;
  for (const each of shown) each.setActive(each === current);
  if (focus) current.element.focus({ preventScroll: true });
  survey.toggleAttribute("data-pages", members.length > MOST);
  write(survey, "number", current.picture.number);
  write(survey, "place", `${number.format(active + 1)} of ${number.format(members.length)}`);
  showMarking(survey, current.picture);
}

async function goTo(index) {
  const target = Math.min(Math.max(index, 0), members.length - 1);
  if (target === active) return void announce(index > active ? "This is the last picture" : "This is the first picture");
  const before = active;
  active = target;
  if (pageOf(target) === pageOf(before)) drawActive({ focus: true });
  else if (!(await showPage(before))) return;
  announce(activeView().picture.label);
}

// Up and down stay in their column; beyond the first and the last line there is nothing.
function vertical(by) {
  const target = active + by * columns();
  if (target >= 0 && target < members.length) return goTo(target);
}

async function takeOut(position = members[active]) {
  const index = members.indexOf(position);
  members.splice(index, 1);
  if (isSelected(position)) toggle(position);
  if (!members.length) return closeSurface(survey);
  if (active > index || active === members.length) active -= 1;
  if (await showPage()) announce(`Taken out. ${number.format(members.length)} left. ${activeView().picture.label}`);
}

function sync() {
  if (!survey.open) return;
  const left = members.filter(isOnSheet);
  if (left.length < members.length) return void leaveGone(left);
  for (const each of shown) each.update(pictureAtPosition(each.position) ?? each.picture);
  drawActive();
}

async function leaveGone(left) {
  const before = members.slice(0, active).filter(isOnSheet).length;
  members = left;
  if (!members.length) return closeSurface(survey);
  active = Math.min(before, members.length - 1);
  await showPage();
}

const enlarge = (options) => openLoupeOn(members[active], options);

export const surveyCommands = {
  ...deciding({
    shown: () => activeView()?.picture ?? null,
    onward: () => active < members.length - 1 && goTo(active + 1),
    back: (position) => members.includes(position) && members[active] !== position && goTo(members.indexOf(position)),
  }),
  left: () => goTo(active - 1),
  right: () => goTo(active + 1),
  up: () => vertical(-1),
  down: () => vertical(1),
  first: () => goTo(0),
  last: () => goTo(members.length - 1),
  lineStart: () => goTo(active - (active % columns())),
  lineEnd: () => goTo(active - (active % columns()) + columns() - 1),
  pageUp: () => goTo(active - MOST),
  pageDown: () => goTo(active + MOST),
  takeOut: () => takeOut(),
  zoom: () => enlarge({ zoomed: true }),
  loupe: () => enlarge(),
  survey: () => closeSurface(survey),
  close: () => closeSurface(survey),
  escape: () => closeSurface(survey),
};

/** The two that a comparison from here is about. */
export const surveyedPair = () => [members[active], members[active + 1] ?? members[active - 1] ?? null];

function onPress(event) {
  const picture = shown.find(({ element }) => element.contains(event.target));
  if (!picture) return;
  if (event.target.closest("[data-takes-out]")) return void takeOut(picture.position);
  if (members[active] !== picture.position) goTo(members.indexOf(picture.position));
}

if (survey) {
  field.addEventListener("click", onPress);
  field.addEventListener("dblclick", () => enlarge());
  field.addEventListener("focusin", (event) => {
    if (event.target.closest("[data-takes-out]")) return; // taking another one out leaves the active one as it is
    const index = members.indexOf(shown.find(({ element }) => element.contains(event.target))?.position);
    if (index < 0 || index === active) return;
    active = index;
    drawActive();
  });
  new ResizeObserver(() => shown.length && survey.open && arrange()).observe(field);
  onLeave(survey, ({ atHome }) => {
    steps += 1;
    const at = placeSeen(members[active] ?? -1);
    shown = [];
    field.replaceChildren();
    if (!atHome) return;
    forgetPictures();
    forget();
    focusPlace(at < 0 ? focusedPlace() : at, { dom: true });
  });
  onPageChange(sync);
}

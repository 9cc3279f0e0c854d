// Fingers, mouse and wheel on a stage, told as what is meant: pan, zoom at a point, press, press twice, swipe.
// Points are CSS pixels from the middle of the stage.
const SLACK = 8; // pixels a press may wander
const SWIPE = 44; // pixels that make a swipe
const TWICE = 320; // milliseconds between the two taps of a double tap
const NEAR = 32; // pixels between them
const LINE = 16; // pixels of a line, for wheels that count in lines

const distance = (one, other) => Math.hypot(one.x - other.x, one.y - other.y);
const middle = (one, other) => ({ x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 });
const isButton = (event) => event.target.closest("button, a, form, summary") !== null;

function swipeOf({ x, y }) {
  if (Math.abs(x) > SWIPE && Math.abs(x) > 2 * Math.abs(y)) return x < 0 ? "left" : "right";
  return y > 2 * SWIPE && y > 2 * Math.abs(x) ? "down" : null;
}

/**
 * Listens on a stage. `does` has: zoomed() → whether dragging pans; pan(by); zoom(factor, point); press(point), a click of the
 * mouse; twice(point), a double tap; swipe(direction), with drag(by) while the finger moves and drag(null) when it has left.
 * Answers where the pointer is: a point, or null when it is elsewhere.
 */
export function listen(stage, does) {
  const down = new Map(); // pointer → its last point
  let start = null; // where the first pointer came down, and whether it has moved since
  let tapped = { time: 0, x: 0, y: 0 };
  let hovered = null;
  let box = null;

  // During a gesture the stage counts as standing still, also when it follows the finger.
  function point(event) {
    if (!down.size) box = stage.getBoundingClientRect();
    return { x: event.clientX - box.left - box.width / 2, y: event.clientY - box.top - box.height / 2 };
  }

  function onDown(event) {
    if (event.button !== 0 || isButton(event)) return;
    stage.setPointerCapture(event.pointerId);
    const at = point(event);
    down.set(event.pointerId, at);
    start = down.size === 1 ? { ...at, moved: false, swipes: event.pointerType === "touch" && !does.zoomed() } : { ...start, swipes: false };
    if (down.size === 2) does.drag(null);
  }

  function onMove(event) {
    const at = point(event);
    hovered = event.pointerType === "touch" ? null : at;
    const before = down.get(event.pointerId);
    if (!before) return;
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
    down.set(event.pointerId, at);
    if (other) return pinch(before, at, other);
    if (!start.moved && distance(start, at) < SLACK) return;
    const by = start.moved ? { x: at.x - before.x, y: at.y - before.y } : { x: at.x - start.x, y: at.y - start.y };
    start.moved = true;
    if (start.swipes) does.drag({ x: at.x - start.x, y: at.y - start.y });
    else if (does.zoomed()) does.pan(by);
  }

  function pinch(before, at, other) {
    start.moved = true;
    const [was, is] = [middle(before, other), middle(at, other)];
    does.pan({ x: is.x - was.x, y: is.y - was.y });
    does.zoom(distance(at, other) / Math.max(distance(before, other), 1), is);
  }

  function onUp(event) {
    const at = point(event);
    if (!down.delete(event.pointerId) || down.size) return;
    if (start.swipes) does.drag(null);
    if (event.type === "pointercancel") return;
    if (!start.moved) press(event, at);
    else if (start.swipes) {
      const direction = swipeOf({ x: at.x - start.x, y: at.y - start.y });
      if (direction) does.swipe(direction);
    }
  }

  function press(event, at) {
    if (event.pointerType !== "touch") return does.press(at);
    const again = event.timeStamp - tapped.time < TWICE && distance(tapped, at) < NEAR;
    tapped = again ? { time: 0, x: 0, y: 0 } : { time: event.timeStamp, ...at };
    if (again) does.twice(at);
  }

  // With Ctrl the wheel zooms; a pinch on a touchpad arrives as exactly that.
  function onWheel(event) {
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE : 1;
    const [x, y] = [event.deltaX * unit, event.deltaY * unit];
    if (!event.ctrlKey && !does.zoomed()) return;
    event.preventDefault();
    if (event.ctrlKey) does.zoom(Math.exp(-y / 200), point(event));
    else does.pan({ x: -x, y: -y });
  }

  stage.addEventListener("pointerdown", onDown);
  stage.addEventListener("pointermove", onMove);
  stage.addEventListener("pointerup", onUp);
  stage.addEventListener("pointercancel", onUp);
  stage.addEventListener("pointerleave", () => {
    hovered = null;
  });
  stage.addEventListener("wheel", onWheel, { passive: false });
  return () => hovered;
}

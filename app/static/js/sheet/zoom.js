// What part of a picture a stage shows: arithmetic only, no elements.
// A stage is {width, height} in CSS pixels; a picture is {width, height} in pixels of its original. A view is {scale, x, y}:
// CSS pixels for each pixel of the original, and the point of the picture (0 to 1) that lies in the middle of the stage.
// So the same view shows the same part of another picture, and at 100 % a pixel is a pixel of the screen.

const SOFTEST = 8; // eight screen pixels for one of the picture: enough to count them
const ALMOST = 0.95; // shown this large, 100 % would be no step
const STEP = 1.25; // the least that the next hundred has to bring
const SAME = 1.001;

const within = (value, least, most) => Math.min(Math.max(value, least), most);

/** As large as the stage allows. */
export const fitScale = (stage, picture) => Math.min(stage.width / picture.width, stage.height / picture.height);

export const fit = (stage, picture) => ({ scale: fitScale(stage, picture), x: 0.5, y: 0.5 });

export const isZoomed = (view, stage, picture) => view.scale > fitScale(stage, picture) * SAME;

/** 100 % in pixels of the screen; where the whole picture is shown about that large already, the next hundred. */
export function closeScale(stage, picture, density) {
  const whole = fitScale(stage, picture) * density;
  return (whole < ALMOST ? 1 : Math.min(Math.ceil(whole * STEP), SOFTEST)) / density;
}

export const percent = (view, density) => Math.round(view.scale * density * 100);

// A side that is shorter than the stage stays in the middle; a longer one never leaves a gap at its edge.
function hold(centre, length, room) {
  const half = room / length / 2;
  return half >= 0.5 ? 0.5 : within(centre, half, 1 - half);
}

/** The view, kept within what can be seen of the picture. */
export function settle(view, stage, picture, density) {
  const least = fitScale(stage, picture);
  const scale = within(view.scale, least, Math.max(least, SOFTEST / density));
  return {
    scale,
    x: hold(view.x, picture.width * scale, stage.width),
    y: hold(view.y, picture.height * scale, stage.height),
  };
}

/** Another scale, with what lies under a point (from the middle of the stage) staying under it. */
export function scaleAt(view, scale, point, stage, picture, density) {
  const bounded = settle({ ...view, scale }, stage, picture, density).scale;
  const shift = (at, length) => at / length / view.scale - at / length / bounded;
  const moved = { scale: bounded, x: view.x + shift(point.x, picture.width), y: view.y + shift(point.y, picture.height) };
  return settle(moved, stage, picture, density);
}

/** The picture moved under the stage by so many CSS pixels. */
export function pan(view, by, stage, picture, density) {
  const moved = { ...view, x: view.x - by.x / picture.width / view.scale, y: view.y - by.y / picture.height / view.scale };
  return settle(moved, stage, picture, density);
}

/** Where the picture lies in the stage, on whole pixels of the screen so that 100 % is sharp. */
export function frame(view, stage, picture, density) {
  const onPixel = (value) => Math.round(value * density) / density;
  const [width, height] = [picture.width * view.scale, picture.height * view.scale];
  return { left: onPixel(stage.width / 2 - view.x * width), top: onPixel(stage.height / 2 - view.y * height), width, height };
}

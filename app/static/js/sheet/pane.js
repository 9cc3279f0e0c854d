// One picture on a stage. Blur, thumbnail and large file lie over each other in a frame that has its final place from the
// first moment, so that nothing jumps; the frame is moved and scaled by a view (see zoom.js).
import { pictureAt } from "./preload.js";
import { closeScale, fit, frame, isZoomed, pan, percent, scaleAt, settle } from "./zoom.js";

const ENOUGH = 1.1; // so much may be missing before the original is worth its bytes
const MIDDLE = { x: 0, y: 0 };
const density = () => window.devicePixelRatio || 1;

/** The file to show when a picture is drawn so many CSS pixels wide: the large variant, or the original where that is not enough. */
export function addressFor(picture, width) {
  const wanted = width * density();
  return wanted > picture.largeWidth * ENOUGH && picture.width > picture.largeWidth ? picture.original : picture.large;
}

export class Pane {
  picture = null;
  view = null;
  #stage = { width: 0, height: 0 };
  #element;
  #frame = null;
  #sheets = null; // blur, thumbnail, large: they fade together

  /** `changed` is called after another part of the picture is shown. */
  constructor(element, changed = () => {}) {
    this.#element = element;
    this.changed = changed;
    new ResizeObserver(() => this.#resize()).observe(element);
  }

  get element() {
    return this.#element;
  }

  get isZoomed() {
    return Boolean(this.picture?.large && isZoomed(this.view, this.#stage, this.picture));
  }

  get percent() {
    return this.picture?.large ? percent(this.view, density()) : null;
  }

  /** The file of another picture that this pane would show after a step. */
  addressOf(picture) {
    const { scale } = this.isZoomed ? this.view : fit(this.#stage, picture);
    return addressFor(picture, picture.width * scale);
  }

  /** Shows a picture, the whole of it or the part that a view means. */
  show(picture, view = null) {
    if (this.#isShown(picture)) this.picture = picture;
    else this.#build(picture);
    if (!this.#stage.width) this.#measure();
    this.look(view ?? fit(this.#stage, picture));
  }

  /** The same picture with newer facts: its mark changes in place, its file is not touched. */
  update(picture) {
    if (!this.#isShown(picture)) return this.show(picture);
    this.picture = picture;
    this.#drawMark();
  }

  clear() {
    this.picture = null;
    this.#element.replaceChildren();
  }

  /** Shows another part. With `glide` the eye can follow. */
  look(view, { glide = false } = {}) {
    this.#frame.toggleAttribute("data-glides", glide);
    this.view = settle(view, this.#stage, this.picture, density());
    this.#place();
    this.changed(this);
  }

  fit(options) {
    this.look(fit(this.#stage, this.picture), options);
  }

  /** Between the whole picture and its pixels, with the point under the pointer staying there. */
  toggle(point = MIDDLE) {
    if (!this.picture?.large) return;
    if (this.isZoomed) this.fit({ glide: true });
    else this.#scale(closeScale(this.#stage, this.picture, density()), point ?? MIDDLE, { glide: true });
  }

  zoomBy(factor, point) {
    if (this.picture?.large) this.#scale(this.view.scale * factor, point);
  }

  panBy(by, options) {
    if (this.picture?.large) this.look(pan(this.view, by, this.#stage, this.picture, density()), options);
  }

  /** By parts of the stage. Answers false, and does nothing, where all of the picture can be seen in that direction. */
  panPart(x, y) {
    if (!this.isZoomed) return false;
    const { width, height } = this.picture;
    const isLonger = x ? width * this.view.scale > this.#stage.width + 1 : height * this.view.scale > this.#stage.height + 1;
    if (isLonger) this.panBy({ x: -x * this.#stage.width, y: -y * this.#stage.height }, { glide: true });
    return isLonger;
  }

  /** Follows a finger that may become a swipe; null lets go. */
  drag(by) {
    this.#frame.toggleAttribute("data-glides", by === null);
    this.#element.style.translate = by ? `${by.x}px ${Math.max(by.y, 0) / 2}px` : "";
  }

  #isShown({ id, state }) {
    return this.picture?.id === id && this.picture.state === state;
  }

  #scale(scale, point, options) {
    this.look(scaleAt(this.view, scale, point, this.#stage, this.picture, density()), options);
  }

  #measure() {
    const { clientWidth, clientHeight } = this.#element;
    if (clientWidth && clientHeight) this.#stage = { width: clientWidth, height: clientHeight };
  }

  #resize() {
    if (!this.picture) return;
    const whole = !this.isZoomed;
    this.#measure();
    this.look(whole ? fit(this.#stage, this.picture) : this.view);
  }

  #build(picture) {
    this.picture = picture;
    this.#frame = Object.assign(document.createElement("div"), { className: "pane-frame" });
    this.#sheets = Object.assign(document.createElement("div"), { className: "pane-sheets" });
    this.#sheets.append(picture.shape.cloneNode(true));
    if (picture.thumb) this.#sheets.append(Object.assign(new Image(), { alt: picture.label, draggable: false, src: picture.thumb }));
    this.#frame.append(this.#sheets, ...(picture.note ? [picture.note.cloneNode(true)] : []), picture.pencil.cloneNode(true));
    this.#drawMark();
    this.#element.removeAttribute("data-loading");
    this.#element.replaceChildren(this.#frame);
  }

  #drawMark() {
    this.#frame.dataset.mark = this.picture.mark;
  }

  #place() {
    const { left, top, width, height } = frame(this.view, this.#stage, this.picture, density());
    Object.assign(this.#frame.style, { translate: `${left}px ${top}px`, width: `${width}px`, height: `${height}px` });
    this.#element.toggleAttribute("data-zoomed", this.isZoomed);
    if (this.picture.large && width) this.#refine(addressFor(this.picture, width));
  }

  // A sharper file is laid over the one before, which goes when the sharper one can be seen.
  #refine(address) {
    const { picture } = this;
    const shown = [...this.#sheets.querySelectorAll("[data-file]")];
    const last = shown[shown.length - 1];
    if (last?.dataset.file === address || (last?.dataset.file === picture.original && "ready" in last.dataset)) return;
    const image = pictureAt(address);
    Object.assign(image, { alt: "", className: "pane-picture" });
    image.dataset.file = address;
    this.#element.toggleAttribute("data-loading", !("ready" in image.dataset));
    this.#sheets.append(image);
    image.decode().then(
      () => this.picture?.id === picture.id && this.#arrived(shown),
      () => this.picture?.id === picture.id && this.#missed(image),
    );
  }

  #arrived(older) {
    for (const image of older) image.remove();
    this.#element.removeAttribute("data-loading");
    this.#frame.querySelector(".pane-trouble")?.remove();
  }

  // What is there already, the thumbnail or the large file, stays.
  #missed(image) {
    image.remove();
    this.#element.removeAttribute("data-loading");
    if (this.#frame.querySelector(".pane-trouble")) return;
    const trouble = Object.assign(document.createElement("p"), { className: "pane-trouble", textContent: "The picture could not be loaded in full. " });
    const again = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-small", textContent: "Try again" });
    again.addEventListener("click", () => {
      trouble.remove();
      this.#place();
    });
    trouble.append(again);
    this.#frame.append(trouble);
  }
}

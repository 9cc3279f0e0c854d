// One picture of a survey, with the button that takes it out.
import { Pane } from "./pane.js";

const template = document.getElementById("survey-picture");

export class SurveyPicture {
  #pane;

  constructor(picture) {
    this.element = template.content.firstElementChild.cloneNode(true);
    this.#pane = new Pane(this.element.querySelector(".pane"));
    this.picture = picture;
    this.position = picture.position;
  }

  /** Shows the picture, once the element has its place. */
  draw() {
    this.#pane.show(this.picture);
    this.element.setAttribute("aria-label", this.picture.label);
  }

  /** Newer facts about the same picture. */
  update(picture) {
    this.picture = picture;
    this.#pane.update(picture);
    this.element.setAttribute("aria-label", picture.label);
    return this;
  }

  setActive(active) {
    this.element.tabIndex = active ? 0 : -1;
    if (active) this.element.setAttribute("aria-current", "true");
    else this.element.removeAttribute("aria-current");
  }
}

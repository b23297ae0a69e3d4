// A learning rate: a logarithmic slider with the boundary marked, a number, and "suggest".

import { element, fill, set } from "./dom.js";
import { change, field, numberOrText } from "./field.js";

const STEPS = 1000;
let gestures = 0;

export class Rate {
  constructor(key, label) {
    this.key = `learning_rates.${key}`;
    this.low = 1e-4;
    this.high = 10;
    this.number = element("input", { type: "text", inputMode: "decimal", autocomplete: "off", id: `rate-${key}` });
    this.slider = element("input", { type: "range", min: 0, max: STEPS, step: 1, id: `slider-${key}` });
    this.slider.setAttribute("aria-label", `${label}, on a logarithmic scale`);
    this.suggest = element("button", { type: "button", className: "small" }, "Suggest");
    this.mark = element("span", { className: "boundary", hidden: true });
    this.field = field(label, this.number);
    this.field.node.classList.add("rate", key);
    this.field.node.append(element("div", { className: "track" }, this.slider, this.mark), this.suggest);
    this.slider.addEventListener("pointerdown", () => { this.gesture = `slide ${++gestures}`; });
    this.slider.addEventListener("change", () => this.send(true));
    this.slider.addEventListener("input", () => this.send(false));
    this.number.addEventListener("change", () => change(this.key, numberOrText(this.number.value), this.field));
    this.suggest.addEventListener("click", () => change(this.key, "suggest", this.field));
    this.node = this.field.node;
  }

  /** Send what the slider says: two figures, as one would write the number. */
  send(isLast) {
    const value = Number((this.low * (this.high / this.low) ** (this.slider.value / STEPS)).toPrecision(2));
    set(this.number, "value", String(value));
    change(this.key, value, this.field, this.gesture ?? "");
    if (isLast) this.gesture = "";
  }

  /** Show a value, and what a suggested one came to. */
  show(value, suggested) {
    const number = value === "suggest" ? suggested : value;
    if (document.activeElement !== this.number) {
      set(this.number, "value", value === "suggest" && number ? "" : String(value));
      set(this.number, "placeholder", number ? `${number}, suggested` : "suggested");
    }
    set(this.suggest, "disabled", value === "suggest");
    if (number && document.activeElement !== this.slider) set(this.slider, "value", String(this.position(number)));
    if (number) this.slider.setAttribute("aria-valuetext", String(number));
  }

  position(value) {
    return Math.round((STEPS * Math.log(value / this.low)) / Math.log(this.high / this.low));
  }

  /** Show the range of the slider and the boundary in it; its rates are those of the recording. */
  scale(rates) {
    this.low = rates.low;
    this.high = rates.high;
    const at = rates.boundary ? this.position(rates.boundary) / STEPS : -1;
    this.mark.hidden = !(at >= 0 && at <= 1);
    this.mark.style.insetInlineStart = `${100 * at}%`;
    this.mark.textContent = rates.boundary_text ?? "";
  }
}

// A learning rate: a logarithmic slider with the boundary marked, a number, and "suggest".

import { element, set, setText } from "./dom.js";
import { change, field, numberOrText } from "./field.js";
import { newGesture } from "./server.js";

const STEPS = 1000;
const FIGURES = 2; // as one would write the number
const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };

export class Rate {
  constructor(key, label) {
    this.key = `learning_rates.${key}`;
    this.low = 1e-4;
    this.high = 10;
    this.number = element("input", { type: "text", inputMode: "decimal", autocomplete: "off", id: `rate-${key}` });
    this.slider = element("input", { type: "range", min: 0, max: STEPS, step: 1, id: `slider-${key}` });
    this.slider.setAttribute("aria-label", `${label}, on a logarithmic scale`);
    this.suggest = element("button", { type: "button", className: "small" }, "Suggest");
    this.mark = element("span", { className: "boundary", hidden: true }, element("span"));
    this.field = field(label, this.number);
    this.field.node.classList.add("rate", key);
    this.field.node.append(element("div", { className: "track" }, this.slider, this.mark), this.suggest);
    this.value = this.low;
    this.gesture = "";
    this.listen();
    this.number.addEventListener("change", () => change(this.key, numberOrText(this.number.value), this.field));
    this.suggest.addEventListener("click", () => change(this.key, "suggest", this.field));
    this.node = this.field.node;
  }

  /** One movement of the hand, or one key that is held, is one gesture. */
  listen() {
    const begin = () => { this.gesture = newGesture(); };
    const end = () => setTimeout(() => { this.gesture = ""; }); // after the last "input"
    this.slider.addEventListener("pointerdown", begin);
    this.slider.addEventListener("keydown", (event) => {
      if (!event.repeat) begin();
      if (event.key in KEYS) { event.preventDefault(); this.take(neighbor(this.value, KEYS[event.key])); }
    });
    for (const kind of ["pointerup", "pointercancel", "keyup", "blur"]) this.slider.addEventListener(kind, end);
    this.slider.addEventListener("input", () => this.take(this.low * (this.high / this.low) ** (this.slider.value / STEPS)));
  }

  /** Take a number from the slider, and send it. */
  take(number) {
    const value = Number(Math.min(Math.max(number, this.low), this.high).toPrecision(FIGURES));
    set(this.number, "value", String(value));
    this.point(value);
    change(this.key, value, this.field, this.gesture);
  }

  /** Let the slider say a number. */
  point(value) {
    this.value = value;
    set(this.slider, "value", String(this.position(value)));
    this.slider.setAttribute("aria-valuetext", String(value));
  }

  /** Show a value, and what a suggested one came to; not while the slider is held. */
  show(value, suggested) {
    set(this.suggest, "disabled", value === "suggest");
    set(this.suggest, "textContent", value === "suggest" ? "Suggested" : "Suggest");
    if (this.gesture) return;
    const number = value === "suggest" ? suggested : value;
    setText(this.number, value === "suggest" ? "" : String(value));
    set(this.number, "placeholder", number ? String(number) : "…");
    if (number) this.point(number);
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
    this.mark.style.setProperty("--at", String(at));
    this.mark.classList.toggle("before", at > 0.5);
    set(this.mark.firstChild, "textContent", rates.boundary_text);
  }
}

/** Return the next number of two figures, upwards or downwards. */
function neighbor(value, sign) {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  const next = value + (sign * power) / 10;
  return next < power * (1 - 1e-9) ? value - power / 100 : next;
}

// What lecture.toml holds, as controls made for it.

import { element, set, setText } from "./dom.js";
import { change, field, numberOrText } from "./field.js";
import { Loss } from "./loss.js";
import { Rate } from "./rates.js";
import { Rows } from "./rows.js";
import { StartMap } from "./start_map.js";

const RATES = { very_small: "Very small", just_right: "Just right", very_large: "Very large" };

export class Settings {
  constructor(aside) {
    this.fields = new Map();
    this.rates = Object.entries(RATES).map(([key, label]) => new Rate(key, label));
    this.rows = new Rows();
    this.loss = new Loss();
    this.ratesNote = element("p", { className: "hint" });
    this.ratesGroup = group("Learning rates", this.ratesNote, ...this.rates.map((rate) => rate.node));
    aside.append(
      this.ratesGroup,
      group("Descent", this.loss.field.node, this.start(), this.steps()),
      group("Data", this.rows.node),
      group("Film", this.theme(), this.captions()),
    );
    for (const rate of this.rates) this.fields.set(rate.key, rate.field);
    this.fields.set("descent.loss", this.loss.field);
    this.fields.set("data.rows", this.rows.field);
    this.fields.set("data.picked_row", this.rows.field);
  }

  text(key, label, hint, value) {
    const input = element("input", { type: "text", autocomplete: "off", spellcheck: false, id: key.replace(".", "-") });
    const made = field(label, input, hint);
    input.addEventListener("change", () => change(key, value(input.value), made));
    this.fields.set(key, made);
    return { input, made };
  }

  start() {
    const numbers = (text) => {
      const trimmed = text.trim();
      return trimmed === "" || trimmed === "suggest" ? "suggest" : trimmed.split(/[,;\s]+/).filter(Boolean).map(numberOrText);
    };
    const { input, made } = this.text("descent.start", "Start", "One number per parameter; empty for the loss's own.", numbers);
    this.startInput = input;
    this.map = new StartMap(made, (place) => set(input, "value", place.join(", ")));
    made.node.append(this.map.node);
    return made.node;
  }

  steps() {
    const { input, made } = this.text("descent.steps", "Steps", "", numberOrText);
    input.inputMode = "numeric";
    this.stepsInput = input;
    return made.node;
  }

  theme() {
    const select = element("select", { id: "theme" }, element("option", {}, "dark"), element("option", {}, "light"));
    const made = field("Theme", select);
    select.addEventListener("change", () => change("film.theme", select.value, made));
    this.themeSelect = select;
    return made.node;
  }

  captions() {
    const box = element("input", { type: "checkbox", id: "captions-in-video" });
    const made = field("The video carries captions", box);
    made.node.classList.add("tick");
    box.addEventListener("change", () => change("film.captions", box.checked, made));
    this.captionsBox = box;
    return made.node;
  }

  /** Show the document, with the scale of its rates and the map of its start where they are known. */
  show(state, scale, map) {
    const { descent, learning_rates: rates, film, data } = state.values;
    this.loss.show(descent.loss, state.losses);
    setText(this.startInput, Array.isArray(descent.start) ? descent.start.join(", ") : "");
    setText(this.stepsInput, String(descent.steps));
    set(this.themeSelect, "value", film.theme);
    set(this.captionsBox, "checked", film.captions);
    if (scale) this.showScale(scale);
    Object.keys(RATES).forEach((key, at) => this.rates[at].show(rates[key], scale?.suggested[key]));
    this.map.show(descent.start, map);
    this.rows.show(data);
  }

  /** Show the scale of the rates, or the sentence why there are none. */
  showScale(scale) {
    this.ratesGroup.disabled = scale.sentence !== "";
    set(this.ratesNote, "textContent", scale.sentence);
    if (!scale.sentence) for (const rate of this.rates) rate.scale(scale);
  }

  /** Show what is wrong beside the control that it is about; return whether there is one. */
  refuse(problem) {
    const found = this.fields.get(problem?.key);
    for (const one of this.fields.values()) if (one !== found && one.isOfRecording) one.accept();
    if (!found) return false;
    found.isOfRecording = true;
    found.refuse(problem);
    return true;
  }
}

function group(title, ...children) {
  return element("fieldset", {}, element("legend", {}, title), ...children);
}

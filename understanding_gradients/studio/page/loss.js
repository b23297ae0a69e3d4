// The loss: one that has a name here, or a function in a file of the lecturer's.

import { element, set, setText } from "./dom.js";
import { change, field } from "./field.js";

const KEY = "descent.loss";
const OWN = ":"; // no name has it

export class Loss {
  constructor() {
    this.select = element("select", { id: "descent-loss" });
    this.field = field("Loss", this.select);
    this.file = element("input", { type: "text", id: "loss-file", autocomplete: "off", spellcheck: false, placeholder: "FILE.py:NAME" });
    this.file.setAttribute("aria-label", "FILE.py:NAME of your own loss");
    this.file.setAttribute("aria-describedby", this.select.getAttribute("aria-describedby"));
    this.select.after(this.file);
    this.select.addEventListener("change", () => {
      this.file.hidden = this.select.value !== OWN;
      if (this.file.hidden) change(KEY, this.select.value, this.field);
      else this.file.focus();
    });
    this.file.addEventListener("change", () => change(KEY, this.file.value.trim(), this.field));
  }

  /** Show the loss of the document, and all that have a name. */
  show(loss, names) {
    if (!this.select.options.length) {
      this.select.append(...names.map((name) => element("option", { value: name }, name)),
        element("option", { value: OWN }, "a file of your own …"));
    }
    const isNamed = names.includes(loss);
    // Who has chosen a file of their own is about to name it.
    const isAboutToName = isNamed && document.activeElement === this.file;
    if (isAboutToName) return;
    set(this.select, "value", isNamed ? loss : OWN);
    set(this.file, "hidden", isNamed);
    setText(this.file, isNamed ? "" : loss);
  }
}

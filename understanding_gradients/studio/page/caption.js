// The caption of the beat that is looked at.

import { element, set, setText } from "./dom.js";
import { change, field } from "./field.js";

export class Caption {
  constructor(section) {
    this.key = "";
    this.text = element("textarea", { rows: 2, id: "caption-text", spellcheck: true, placeholder: "none" });
    this.field = field("Caption", this.text);
    this.back = element("button", { type: "button", className: "small" }, "Use the film's own");
    this.text.addEventListener("change", () => this.send(this.text.value));
    this.back.addEventListener("click", () => change(this.key, null, this.field));
    section.append(this.field.node, this.back);
  }

  send(text) {
    change(this.key, text === this.own ? null : text, this.field);
  }

  /** Show the caption of a beat; `captions` are the lecturer's. */
  show(clip, beat, captions) {
    this.key = `captions.${clip}.${beat?.name ?? ""}`;
    this.own = beat?.caption ?? "";
    const given = captions[`${clip}.${beat?.name}`];
    setText(this.text, given ?? this.own);
    set(this.back, "hidden", given === undefined);
    set(this.text, "disabled", !beat);
  }
}

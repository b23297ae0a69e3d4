// A control with its label, its hint, and the sentence about a wrong value.

import { element } from "./dom.js";
import { edit } from "./server.js";

let count = 0;

/** Return {node, refuse, accept} around a control, which is described by its hint and its error. */
export function field(label, control, hint = "") {
  const id = control.id || `field-${++count}`;
  control.id = id;
  const error = element("p", { className: "error", id: `${id}-error`, role: "alert" });
  const about = hint ? element("p", { className: "hint", id: `${id}-hint` }, hint) : null;
  control.setAttribute("aria-describedby", [about && about.id, error.id].filter(Boolean).join(" "));
  const node = element("div", { className: "field" }, element("label", { for: id }, label), control, about, error);
  return {
    node,
    refuse(problem) {
      error.textContent = problem.sentence;
      control.setAttribute("aria-invalid", "true");
    },
    accept() {
      error.textContent = "";
      control.removeAttribute("aria-invalid");
    },
  };
}

/** Send the value of a key, and show beside its field if it is refused; wait until it is sent. */
export function change(key, value, field, gesture = "") {
  return edit({ [key]: value }, { gesture, refused: field.refuse, taken: field.accept });
}

/** Return the number that a text says, or the text, which the server then refuses in words. */
export function numberOrText(text) {
  const trimmed = text.trim();
  return trimmed !== "" && Number.isFinite(Number(trimmed)) ? Number(trimmed) : trimmed;
}

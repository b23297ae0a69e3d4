// Build elements, without any markup in texts.

/** Return an element with properties and children; a property that has a dash is an attribute. */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key === "on") {
      for (const [event, act] of Object.entries(value)) made.addEventListener(event, act);
    } else if (key.includes("-") || key === "for" || key === "role") {
      if (value !== null) made.setAttribute(key, value);
    } else {
      made[key] = value;
    }
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** Set a property unless it is so already: what is being typed keeps its cursor. */
export function set(node, property, value) {
  if (node[property] !== value) node[property] = value;
}

export const TEXTS = "input[type=text], textarea";
let typed = null; // the field that holds what has not been sent yet

addEventListener("input", ({ target }) => { if (target.matches(TEXTS)) typed = target; }, true);
for (const kind of ["change", "focusout"]) addEventListener(kind, () => { typed = null; }, true);

/** Return whether a field holds what its user is still typing, or mending after it was refused. */
export function isTyped(node) {
  return node === typed || (node === document.activeElement && node.hasAttribute("aria-invalid"));
}

/** Let a field show a text, unless its user is typing. */
export function setText(node, text) {
  if (!isTyped(node)) set(node, "value", text);
}

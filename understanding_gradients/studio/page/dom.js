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

// The clips and their beats, with stills.

import { element, set } from "./dom.js";
import { edit } from "./server.js";

export class Clips {
  constructor(nav, onLook) {
    this.nav = nav;
    this.onLook = onLook;
    this.items = new Map();
    this.marked = null;
    this.follows = true; // what is marked, until its user scrolls the list
    for (const kind of ["wheel", "touchmove", "pointerdown", "keydown"]) {
      nav.addEventListener(kind, () => { this.follows = false; }, { passive: true });
    }
    this.sizes = new ResizeObserver(() => { if (this.follows && this.marked) this.bringIntoView(this.marked); });
    this.sizes.observe(nav);
    this.leaveOut = [];
  }

  /** Show the list of clips, and which are left out. */
  showDocument(state) {
    this.leaveOut = state.values.film.leave_out;
    for (const clip of state.clips) {
      if (!this.items.has(clip.slug)) this.add(clip);
      const item = this.items.get(clip.slug);
      set(item.included, "checked", !this.leaveOut.includes(clip.slug));
      item.node.classList.toggle("left-out", this.leaveOut.includes(clip.slug));
    }
  }

  add(clip) {
    const included = element("input", {
      type: "checkbox",
      id: `in-${clip.slug}`,
      on: { change: () => this.toggle(clip.slug, included) },
    });
    const title = element("button", { type: "button", className: "clip-title" }, clip.title);
    title.addEventListener("click", () => this.onLook(clip.slug, ""));
    const beats = element("ol", { className: "beats" });
    const node = element(
      "section",
      { "aria-label": clip.title },
      element("div", { className: "clip" }, title,
        element("label", { for: included.id, className: "included" }, included, " in the film")),
      beats,
    );
    this.nav.append(node);
    this.sizes.observe(node);
    this.items.set(clip.slug, { node, title, included, beats, buttons: new Map() });
  }

  toggle(slug, box) {
    const others = this.leaveOut.filter((one) => one !== slug);
    const values = { "film.leave_out": box.checked ? others : [...others, slug] };
    edit(values, { refused: () => { box.checked = !box.checked; } });
  }

  /** Mark the clip and the beat that are looked at, and bring them into view. */
  mark(clip, beat) {
    for (const [slug, item] of this.items) {
      item.node.classList.toggle("looked", slug === clip);
      for (const [name, button] of item.buttons) {
        if (slug === clip && name === beat) button.setAttribute("aria-current", "true");
        else button.removeAttribute("aria-current");
      }
    }
    const item = this.items.get(clip);
    const marked = item?.buttons.get(beat) ?? item?.node;
    if (!marked || marked === this.marked) return;
    this.marked = marked;
    this.follows = true;
    this.bringIntoView(marked);
  }

  /** Scroll the list, and nothing around it. */
  bringIntoView(node) {
    const [inner, outer] = [node, this.nav].map((one) => one.getBoundingClientRect());
    this.nav.scrollBy(
      Math.min(inner.left - outer.left, 0) || Math.max(inner.right - outer.right, 0),
      Math.min(inner.top - outer.top, 0) || Math.max(inner.bottom - outer.bottom, 0),
    );
  }

  /** Show the stills of a clip. */
  showClip(shown) {
    const item = this.items.get(shown.slug);
    if (!item) return;
    if (shown.title) set(item.title, "textContent", shown.title);
    const names = shown.timeline ? shown.timeline.beats.map((beat) => beat.name) : Object.keys(shown.stills);
    for (const name of names) {
      if (!item.buttons.has(name)) {
        const image = element("img", { alt: "", loading: "lazy", width: 112, height: 63 });
        const button = element("button", { type: "button", className: "beat" }, image, element("span", {}, name));
        button.addEventListener("click", () => this.onLook(shown.slug, name));
        item.buttons.set(name, button);
      }
      const image = item.buttons.get(name).firstChild;
      if (shown.stills[name] && image.getAttribute("src") !== shown.stills[name]) image.src = shown.stills[name];
    }
    for (const name of [...item.buttons.keys()]) if (!names.includes(name)) item.buttons.delete(name);
    const wanted = names.map((name) => item.buttons.get(name));
    const present = [...item.beats.children].map((one) => one.firstChild);
    if (wanted.length !== present.length || wanted.some((one, at) => one !== present[at])) {
      item.beats.replaceChildren(...wanted.map((one) => element("li", {}, one)));
    }
  }
}

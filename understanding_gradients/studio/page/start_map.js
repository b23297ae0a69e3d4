// The start of the descent, moved on the picture of the loss: nothing but places and pixels.

import { element, set } from "./dom.js";
import { edit, newGesture } from "./server.js";

const KEY = "descent.start";
const LEAPS = 10; // steps at once with Shift
const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowDown: [1, -1], ArrowUp: [1, 1] };

export class StartMap {
  /** `field` shows why a start is refused; `onMove` hears of every place on the way. */
  constructor(field, onMove) {
    this.field = field;
    this.onMove = onMove;
    this.map = this.known = null;
    this.place = [];
    this.picture = element("img", { alt: "", draggable: false });
    this.handle = element("div", { className: "handle" });
    this.box = element("div", { className: "map-box" }, this.handle);
    this.frame = element("div", { className: "map", hidden: true }, this.picture, this.box);
    this.note = element("p", { className: "hint" });
    this.node = element("div", {}, this.frame, this.note);
    this.inputs = [];
    this.listen();
  }

  listen() {
    const isFinger = (event) => event.pointerType === "touch" && !this.handle.contains(event.target);
    this.box.addEventListener("pointerdown", (event) => { if (event.button === 0 && !isFinger(event)) this.grab(event); });
    this.box.addEventListener("pointermove", (event) => { if (this.held) this.drag(event); });
    this.box.addEventListener("pointerup", (event) => { if (this.held) { this.drag(event); this.release(); } });
    this.box.addEventListener("pointercancel", () => { this.held = null; this.show(this.start); });
    // A finger that moves over the map scrolls the page; one that taps it moves the start.
    this.box.addEventListener("click", (event) => {
      if (isFinger(event)) { this.move(this.under(event.clientX, event.clientY)); this.send(newGesture()); }
    });
    this.handle.addEventListener("keydown", (event) => this.press(event));
  }

  grab(event) {
    event.preventDefault();
    this.box.setPointerCapture(event.pointerId);
    const { left, right, top, bottom } = this.handle.getBoundingClientRect();
    const isHandle = this.handle.contains(event.target);
    const away = [event.clientX - (left + right) / 2, event.clientY - (top + bottom) / 2];
    const [x, y] = isHandle ? away : [0, 0];
    this.held = { x, y, hasMoved: !isHandle };
    this.inputs[0]?.focus({ preventScroll: true });
    if (!isHandle) this.drag(event);
  }

  drag(event) {
    const place = this.under(event.clientX - this.held.x, event.clientY - this.held.y);
    this.held.hasMoved ||= event.type === "pointermove";
    if (this.held.hasMoved) this.move(place);
  }

  release() {
    const { hasMoved } = this.held;
    this.held = null;
    if (hasMoved) this.send(newGesture());
    else this.show(this.start);
  }

  press(event) {
    if (!(event.key in MOVES) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const [wanted, sign] = MOVES[event.key];
    const axis = Math.min(wanted, this.place.length - 1);
    const by = sign * this.map.steps[axis] * (event.shiftKey ? LEAPS : 1);
    this.move(this.place.map((value, at) => (at === axis ? value + by : value)));
    this.inputs[axis].focus();
    if (!event.repeat) this.keys = newGesture();
    this.send(this.keys);
  }

  /** Return the place under a pixel, to the steps of the map. */
  under(x, y) {
    const box = this.box.getBoundingClientRect();
    const shares = [(x - box.left) / box.width, (box.bottom - y) / box.height];
    return this.map.window.map(([low, high], axis) => low + shares[axis] * (high - low));
  }

  /** Move the handle, and what says where it is. */
  move(place) {
    this.place = place.map((value, axis) => {
      const step = this.map.steps[axis];
      const [least, most] = [Math.ceil(this.map.window[axis][0] / step), Math.floor(this.map.window[axis][1] / step)];
      return Number((Math.min(Math.max(Math.round(value / step), least), most) * step).toPrecision(12));
    });
    this.draw();
    this.onMove(this.place);
  }

  send(gesture) {
    const refused = (problem) => { this.field.refuse(problem); this.show(this.start); };
    edit({ [KEY]: this.place }, { gesture, refused, taken: this.field.accept });
  }

  /** Show the document's start, a list or something else for the loss's own, on a map. */
  show(start, map = this.known) {
    this.start = start;
    if (map !== this.known) this.showMap(map);
    if (this.held || !this.map) return;
    const place = Array.isArray(start) ? start : this.map.own_start;
    this.place = place.length === this.map.window.length ? place : [];
    this.draw();
  }

  /** Show a map, or the sentence why there is none. */
  showMap(map) {
    this.known = map;
    this.map = map?.picture ? map : null;
    if (!this.map) this.held = null;
    this.frame.hidden = !this.map;
    set(this.note, "textContent", map?.sentence ?? "");
    if (!this.map) return;
    set(this.picture, "src", new URL(map.picture, document.baseURI).href);
    set(this.picture, "alt", map.alt);
    for (const [side, share] of Object.entries(map.box)) this.box.style[side] = `${100 * share}%`;
    if (this.inputs.length !== map.names.length) {
      this.inputs = map.names.map(() => element("input", { type: "range", step: "any" }));
      this.inputs.forEach((input, axis) => input.addEventListener("input", () => this.take(axis, Number(input.value))));
      this.handle.replaceChildren(...this.inputs);
    }
    this.inputs.forEach((input, axis) => {
      [input.min, input.max] = map.window[axis].map(String);
      input.setAttribute("aria-label", `Start, ${map.names[axis]}`);
    });
  }

  /** Take a value of one axis, as a screen reader or Home and End set it. */
  take(axis, value) {
    this.move(this.place.map((old, at) => (at === axis ? value : old)));
    this.send(newGesture());
  }

  draw() {
    this.handle.hidden = this.place.length === 0;
    const shares = this.place.map((value, axis) => {
      const [low, high] = this.map.window[axis];
      return Math.min(Math.max((value - low) / (high - low), 0), 1);
    });
    this.handle.style.left = `${100 * shares[0]}%`;
    this.handle.style.top = `${100 * (1 - (shares[1] ?? 0))}%`;
    this.place.forEach((value, axis) => {
      this.inputs[axis].value = String(value);
      this.inputs[axis].setAttribute("aria-valuetext", String(value));
    });
  }
}

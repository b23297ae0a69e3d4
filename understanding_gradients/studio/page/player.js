// The player: still and film of the clip that is looked at, by frame and by beat.

import { element, set } from "./dom.js";

export class Player {
  constructor(screen, bar, onBeat) {
    this.onBeat = onBeat;
    this.shown = null;
    this.beat = "";
    this.still = element("img", { alt: "", id: "still" });
    this.video = element("video", { muted: true, playsInline: true, preload: "auto", id: "video" });
    this.video.setAttribute("aria-label", "The film of the clip");
    this.note = element("p", { className: "note", hidden: true });
    this.screen = screen;
    screen.append(this.still, this.video, this.note);
    this.video.hidden = true;
    this.playButton = this.button("Play", () => this.toggle(), "Space");
    this.slider = element("input", { type: "range", min: 0, max: 0, step: 1, "aria-label": "Frame" });
    this.slider.addEventListener("input", () => this.seek(Number(this.slider.value)));
    this.frameOutput = element("output", { className: "frame" });
    this.speed = element("select", { "aria-label": "Speed" },
      element("option", { value: "1" }, "full speed"), element("option", { value: "0.5" }, "half speed"));
    this.speed.addEventListener("change", () => { this.video.playbackRate = Number(this.speed.value); });
    bar.append(
      this.button("Previous beat", () => this.step(-1), "ArrowLeft"),
      this.button("Previous frame", () => this.seek(this.frame - 1), ","),
      this.playButton,
      this.button("Next frame", () => this.seek(this.frame + 1), "."),
      this.button("Next beat", () => this.step(1), "ArrowRight"),
      this.slider,
      this.frameOutput,
      this.speed,
    );
    this.video.addEventListener("timeupdate", () => this.tick());
    this.video.addEventListener("seeked", () => this.tick());
    for (const event of ["play", "pause", "ended"]) {
      this.video.addEventListener(event, () => set(this.playButton, "textContent", this.video.paused ? "Play" : "Pause"));
    }
  }

  button(label, act, key) {
    const made = element("button", { type: "button", on: { click: act } }, label);
    made.setAttribute("aria-keyshortcuts", key);
    made.title = `Key: ${key}`;
    return made;
  }

  get frame() {
    return Math.floor(this.video.currentTime * this.rate + 1e-6);
  }

  get rate() {
    return this.shown?.timeline?.frame_rate ?? 15;
  }

  /** Show what there is of a clip, at a beat, with a note on it or "". */
  show(shown, beat, note) {
    const isOther = this.shown?.slug !== shown.slug;
    this.shown = shown;
    this.beat = beat;
    const beats = shown.timeline?.beats ?? [];
    const source = shown.stills[beat] ?? shown.stills[beats.at(-1)?.name] ?? Object.values(shown.stills).at(-1);
    if (source) set(this.still, "src", new URL(source, document.baseURI).href);
    else this.still.removeAttribute("src");
    set(this.note, "textContent", note);
    set(this.note, "hidden", note === "");
    this.screen.classList.toggle("is-old", note !== "");
    this.still.alt = beats.find((one) => one.name === beat)?.caption ?? "";
    const film = shown.film ? new URL(shown.film, document.baseURI).href : "";
    if (film && this.video.src !== film) {
      this.video.src = film;
      this.video.playbackRate = Number(this.speed.value);
      this.slider.max = shown.timeline.frames - 1;
      this.seekToEnd(beat);
    }
    if (!film || isOther) this.showStill();
    set(this.playButton, "disabled", !film);
    set(this.slider, "disabled", !film);
    if (!film) set(this.frameOutput, "textContent", "");
  }

  /** Go to the last frame of a beat. */
  seekToEnd(beat) {
    const found = this.shown.timeline?.beats.find((one) => one.name === beat);
    if (found) this.seek(Math.max(found.start, found.end - 1), false);
  }

  showStill() {
    this.video.pause();
    this.video.hidden = true;
    this.still.hidden = false;
  }

  showFilm() {
    this.video.hidden = false;
    this.still.hidden = true;
  }

  toggle() {
    if (this.playButton.disabled) return;
    this.showFilm();
    if (!this.video.paused) this.video.pause();
    else {
      const found = this.shown.timeline.beats.find((one) => one.name === this.beat);
      // From the end of a beat one wants to see the beat.
      if (found && this.frame >= found.end - 1) this.seek(found.start, false);
      this.video.play();
    }
  }

  seek(frame, isShown = true) {
    const last = (this.shown?.timeline?.frames ?? 1) - 1;
    const at = Math.min(Math.max(frame, 0), last);
    if (isShown) {
      this.video.pause();
      this.showFilm();
    }
    this.video.currentTime = (at + 0.5) / this.rate;
    set(this.slider, "value", String(at));
  }

  step(by) {
    const beats = this.shown?.timeline?.beats ?? [];
    const at = beats.findIndex((one) => one.name === this.beat);
    const next = beats[Math.min(Math.max(at + by, 0), beats.length - 1)];
    if (next) this.onBeat(this.shown.slug, next.name);
  }

  tick() {
    if (!this.shown?.timeline) return;
    const frame = this.frame;
    set(this.slider, "value", String(frame));
    set(this.frameOutput, "textContent", `frame ${frame + 1} of ${this.shown.timeline.frames}`);
  }
}

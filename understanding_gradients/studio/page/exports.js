// Export: what to make, how far it is, what the command said, and what it wrote.

import { element, set } from "./dom.js";
import { post, upload } from "./server.js";

export class Exports {
  constructor(section, looked) {
    this.looked = looked;
    this.quality = element("select", { id: "export-quality" });
    this.clipFormat = element("select", { id: "clip-format" });
    this.deckFormat = element("select", { id: "deck-format" });
    this.isOneBeat = element("input", { type: "checkbox", id: "one-beat" });
    this.error = element("p", { className: "error", role: "alert" });
    this.list = element("ul", { className: "exports" });
    this.buttons = [
      this.button("Export the film", () => ({ kind: "film" })),
      this.button("Export the clip", () => this.clip()),
      this.button("Export a deck", () => ({ kind: "deck", format: this.deckFormat.value })),
    ];
    const [film, clip, deck] = this.buttons;
    this.talk = element("input", { type: "file", accept: ".pptx", id: "talk" });
    this.talk.addEventListener("change", () => this.update(this.talk.files));
    this.drop = element("div", { className: "drop" },
      element("label", { for: "talk" }, "Update a talk: choose or drop a .pptx"), this.talk);
    this.drop.addEventListener("dragover", (event) => { event.preventDefault(); this.drop.classList.add("over"); });
    this.drop.addEventListener("dragleave", () => this.drop.classList.remove("over"));
    this.drop.addEventListener("drop", (event) => {
      event.preventDefault();
      this.drop.classList.remove("over");
      this.update(event.dataTransfer.files);
    });
    section.append(
      line("Quality", this.quality),
      film,
      line("Format of the clip", this.clipFormat),
      element("div", { className: "field tick" }, element("label", { for: "one-beat" }, "Only the beat that is looked at"), this.isOneBeat),
      clip,
      line("Format of the deck", this.deckFormat),
      deck,
      this.drop,
      this.error,
      this.list,
    );
  }

  button(label, request) {
    const made = element("button", { type: "button" }, label);
    made.dataset.label = label;
    made.addEventListener("click", () => this.send("export", { quality: this.quality.value, ...request() }));
    return made;
  }

  clip() {
    const { clip, beat } = this.looked();
    return { kind: "clip", clip, format: this.clipFormat.value, beat: this.isOneBeat.checked ? beat : "" };
  }

  async send(path, body) {
    const problem = await post(path, body);
    this.error.textContent = problem ? problem.sentence : "";
  }

  async update(files) {
    for (const file of files) {
      const problem = await upload(`update?name=${encodeURIComponent(file.name)}`, file);
      this.error.textContent = problem ? problem.sentence : "";
    }
    this.talk.value = "";
  }

  /** Show what can be exported; whoever exports saves first. */
  showDocument(state) {
    const lists = [[this.quality, state.formats.quality, "hd"], [this.clipFormat, state.formats.clip, "mp4"], [this.deckFormat, state.formats.deck, "pptx"]];
    for (const [select, names, usual] of lists) {
      if (select.options.length) continue;
      select.append(...names.map((name) => element("option", {}, name)));
      select.value = usual;
    }
    for (const button of this.buttons) {
      const { label } = button.dataset;
      set(button, "textContent", state.is_changed ? `Save, and ${label[0].toLowerCase()}${label.slice(1)}` : label);
    }
  }

  /** Show all exports, the newest first. */
  show(exports) {
    this.list.replaceChildren(...exports.toReversed().map((one) => this.item(one)));
  }

  item(one) {
    const isOpen = one.state === "waiting" || one.state === "running";
    const bar = element("progress", { max: Math.max(one.total, 1) });
    bar.setAttribute("aria-label", one.command);
    if (one.total) bar.value = one.completed;
    const cancel = element("button", { type: "button", className: "small" }, "Cancel");
    cancel.addEventListener("click", () => post("cancel", { number: one.number }));
    return element("li", { className: one.state },
      element("code", {}, one.command),
      element("p", { role: "status" }, one.total && isOpen ? `${one.state}: ${one.completed} of ${one.total} ${one.unit}` : one.state),
      isOpen ? bar : null,
      isOpen ? cancel : null,
      ...one.files.map((file) => element("p", {}, element("a", { href: file.url, download: file.name }, `Download ${file.name}`))),
      one.lines.length ? element("pre", { tabIndex: 0 }, one.lines.join("\n")) : null);
  }
}

function line(label, control) {
  return element("div", { className: "field" }, element("label", { for: control.id }, label), control);
}

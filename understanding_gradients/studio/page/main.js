// The page: what the studio shows, and what is looked at.

import { Caption } from "./caption.js";
import { Clips } from "./clips.js";
import { element, isTyped, set, TEXTS } from "./dom.js";
import { Exports } from "./exports.js";
import { Player } from "./player.js";
import { isOvertaken, listen, page, post, settled } from "./server.js";
import { Settings } from "./settings.js";

const part = (id) => document.getElementById(id);
const shown = new Map();
let state = null;
let looked = { clip: "", beat: "" };
let seen = ""; // the beat that is shown: the last one where the clip has no such beat

const clips = new Clips(part("clips"), look);
const player = new Player(part("screen"), part("player"), look);
const settings = new Settings(part("settings"));
const exports = new Exports(part("exports"), () => ({ clip: looked.clip, beat: seen }));
const caption = new Caption(part("caption"));

function look(clip, beat) {
  const beats = shown.get(clip)?.timeline?.beats ?? [];
  looked = { clip, beat: beat || beats.at(-1)?.name || "" };
  history.replaceState(null, "", `#${clip}${looked.beat ? `.${looked.beat}` : ""}`);
  post("look", { page, ...looked });
  show();
  if (shown.get(clip)?.film) player.seekToEnd(seen);
}

function show() {
  const clip = shown.get(looked.clip);
  const beats = clip?.timeline?.beats ?? [];
  const beat = beats.find((one) => one.name === looked.beat) ?? beats.at(-1);
  seen = beat?.name ?? looked.beat;
  clips.mark(looked.clip, seen);
  if (!clip) return;
  set(part("clip-title"), "textContent", clip.title || state?.clips.find((one) => one.slug === looked.clip)?.title || "");
  player.show(clip, seen, noteOn(clip));
  if (state) caption.show(looked.clip, beat, state.values.captions);
  say(refused);
}

/** Return what to say on the picture of a clip, where it is not that of the settings. */
function noteOn(clip) {
  if (state?.values.film.leave_out.includes(clip.slug)) return "Left out of the film, so not drawn";
  if (Object.keys(clip.stills).length === 0) return "The first picture is being drawn …";
  return state && (clip.still_revisions[seen] ?? 0) < state.revision ? "Shows the settings before" : "";
}

function say(problem) {
  const texts = problem ? [problem.sentence] : [];
  const failed = shown.get(looked.clip)?.problem;
  if (failed) texts.push(failed);
  const children = texts.map((text) => element("p", { className: "problem", role: "alert" }, text));
  if (state?.is_changed_on_disk) {
    children.push(element("div", { className: "problem", role: "alert" },
      state.disk || `${state.name} was changed on the disk under your unsaved changes.`, " ",
      state.disk ? null : element("button", { type: "button", on: { click: () => act("take-file") } }, "Take the file's version"), " ",
      element("button", { type: "button", on: { click: () => act("keep-edits") } }, "Keep mine")));
  }
  part("problems").replaceChildren(...children);
}

let refused = null;

async function act(path) {
  // What is still being typed belongs to what is saved or undone.
  await settled();
  refused = await post(path);
  say(refused);
}

for (const name of ["undo", "redo", "save"]) part(name).addEventListener("click", () => act(name));

addEventListener("keydown", (event) => {
  const isTyping = isTyped(event.target);
  const isControl = event.ctrlKey || event.metaKey;
  if (isControl && event.key === "s") { event.preventDefault(); document.activeElement?.blur?.(); act("save"); }
  else if (isControl && event.key === "z" && !isTyping) { event.preventDefault(); act(event.shiftKey ? "redo" : "undo"); }
  else if (isControl && event.key === "y" && !isTyping) { event.preventDefault(); act("redo"); }
  else if (event.target.matches("input, textarea, select, button")) return;
  else if (event.key === " ") { event.preventDefault(); player.toggle(); }
  else if (event.key === ",") player.seek(player.frame - 1);
  else if (event.key === ".") player.seek(player.frame + 1);
  else if (event.key === "ArrowLeft") player.step(-1);
  else if (event.key === "ArrowRight") player.step(1);
});

addEventListener("beforeunload", (event) => { if (state?.is_changed) event.preventDefault(); });

const heard = { document: null, rates: null, map: null };

/** Show the document; not while changes of it are on their way, which it does not know yet. */
async function showDocument() {
  await settled();
  if (!heard.document || isOvertaken(heard.document.revision)) return;
  state = heard.document;
  set(part("file"), "textContent", state.is_changed ? `${state.name} (not saved)` : state.name);
  part("undo").disabled = !state.can_undo;
  part("redo").disabled = !state.can_redo;
  part("save").disabled = !state.is_changed;
  clips.showDocument(state);
  settings.show(state, heard.rates, heard.map);
  exports.showDocument(state);
  say(refused);
  if (!looked.clip) restore();
  show();
}

// Who has typed something can save it at once.
addEventListener("input", (event) => { if (event.target.matches(TEXTS)) part("save").disabled = false; });

listen({
  document(value) { heard.document = value; showDocument(); },
  rates(value) { heard.rates = value; showDocument(); },
  map(value) { heard.map = value; showDocument(); },
  preview(value) {
    set(part("status"), "textContent", value.status);
    const isBesideControl = settings.refuse(value.problem);
    refused = value.problem && !isBesideControl ? value.problem : null;
    say(refused);
  },
  clip(value) {
    shown.set(value.slug, value);
    clips.showClip(value);
    if (value.slug === looked.clip) {
      if (!looked.beat && value.timeline) look(value.slug, "");
      else show();
    }
  },
  exports(value) {
    exports.show(value);
  },
  connected(isConnected) {
    document.body.classList.toggle("disconnected", !isConnected);
    if (!isConnected) set(part("status"), "textContent", "The studio does not answer.");
    else if (looked.clip) post("look", { page, ...looked });
  },
});

/** Look at what the address, or this tab before it was loaded again, looked at. */
function restore() {
  const [clip, beat = ""] = decodeURIComponent(location.hash.slice(1)).split(/\.(.*)/s);
  const slugs = state.clips.map((one) => one.slug);
  if (slugs.includes(clip)) look(clip, beat);
  else look("very-large-learning-rate", "");
}

// What is chosen, and everything that shows it.

const content = JSON.parse(document.getElementById("content").textContent);
const $ = (id) => document.getElementById(id);
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const light = matchMedia("(prefers-color-scheme: light)");
const WHOLE_RUN_MS = 9000;
const [FASTEST_MS, SLOWEST_MS] = [50, 700];

content.runs.forEach(giveMethods);

// What a run of the content can be asked; rows are those that the page has.
function giveMethods(run) {
  run.count = run.losses.length;
  run.stepOf = (row) => (run.rows ? run.rows[row] : row);
  run.place = (row) => {
    if (run.places) return [run.places[0][row], run.places[1][row]];
    return [run.iterates[0][row], content.stage.kind === "curve" ? run.losses[row] : run.iterates[1][row]];
  };
  const mix = (row, of) => {
    const before = Math.floor(row);
    const after = Math.min(before + 1, run.count - 1);
    return of(before, after, row - before);
  };
  run.placeBetween = (row) =>
    mix(row, (a, b, part) => run.place(a).map((value, axis) => (1 - part) * value + part * run.place(b)[axis]));
  run.stepBetween = (row) => mix(row, (a, b, part) => (1 - part) * run.stepOf(a) + part * run.stepOf(b));
  run.gradientSize = (row) => Math.hypot(...run.gradients.map((column) => column[row]));
}

// `wish` is the row that was asked for: a run that ends before it shows its last.
const chosen = { run: best(), wish: Infinity, row: 0, playing: null };
const runNow = () => content.runs[chosen.run];

function best() {
  const ends = content.runs.map((run) => run.losses.at(-1));
  return ends.indexOf(Math.min(...ends));
}

const stage = makeStage(document.querySelector("#stage svg"), content.stage);
const map = makeMap($("rate"), document.querySelector("#map svg"), content, chooseRun);
const history = makeHistory($("step"), document.querySelector("#history svg"), content, chooseRow);

function chooseRun(index) {
  if (index === chosen.run) return;
  chosen.run = index;
  if (chosen.playing) [chosen.wish, chosen.playing.from, chosen.playing.since] = [0, 0, null];
  showRun();
}

function chooseRow(row) {
  pause();
  chosen.wish = row >= runNow().count - 1 ? Infinity : row;
  show();
}

function showRun() {
  const run = runNow();
  history.layOut(run);
  $("rate").value = chosen.run;
  const { texts } = run;
  $("rate").setAttribute("aria-valuetext", texts.spoken);
  $("eta").value = texts.rate;
  $("eta").dataset.exact = String(run.rate);
  const word = clear($("behavior"));
  write(word, "strong", texts.behavior, { class: run.behavior });
  if (texts.against) word.append(`, ${texts.against}`);
  map.drawChosen(run);
  $("step").max = run.count - 1;
  $("step").disabled = $("play").disabled = run.count < 2;
  show();
}

function show() {
  const run = runNow();
  chosen.row = Math.min(chosen.wish, run.count - 1);
  const row = Math.floor(chosen.row);
  stage.look(run, Math.ceil(chosen.row), now(), calm.matches);
  history.drawChosen(run, chosen.row);
  showTexts(run, row);
  if (!wake()) stage.drawAll(run, chosen.row);
}

function showTexts(run, row) {
  const { texts } = run;
  const claim = texts.claims[texts.claim[row]];
  $("claim").textContent = claim;
  $("t").value = `${texts.t[row]} of ${texts.steps}`;
  $("step").value = row;
  $("step").setAttribute("aria-valuetext", `${$("t").value}, loss ${texts.numbers.loss[0][row]}`);
  document.querySelector("#stage svg").setAttribute("aria-label", `${texts.path} ${claim}.`);
  fillLedger(run, row);
}

// Time, of which a frame is told too.
const now = () => performance.now();
let waking = false;

// Asks for a frame where something moves, and returns whether one will come.
function wake() {
  if (waking) return true;
  if (!chosen.playing && !stage.advance(now())) return false;
  waking = true;
  requestAnimationFrame(frame);
  return true;
}

function frame() {
  waking = false;
  if (chosen.playing) playOn(now());
  stage.advance(now());
  stage.drawAll(runNow(), chosen.row);
  wake();
}

function playOn(time) {
  const run = runNow();
  const { playing } = chosen;
  // Where the view must change first, the steps wait for it.
  playing.since ??= time + stage.remaining(time);
  const pace = Math.min(SLOWEST_MS, Math.max(FASTEST_MS, WHOLE_RUN_MS / run.count));
  const reached = playing.from + Math.max(0, time - playing.since) / pace;
  const isOver = reached >= run.count - 1;
  chosen.wish = isOver ? Infinity : calm.matches ? Math.floor(reached) : reached;
  if (isOver) pause();
  chosen.row = Math.min(chosen.wish, run.count - 1);
  stage.look(run, Math.ceil(chosen.row), time, calm.matches);
  history.drawChosen(run, chosen.row);
  showTexts(run, Math.floor(chosen.row));
}

function play() {
  if (runNow().count < 2) return;
  const from = chosen.row >= runNow().count - 1 ? 0 : chosen.row;
  chosen.playing = { from, since: null };
  chosen.wish = from;
  $("play").textContent = "Pause";
  show();
}

function pause() {
  if (!chosen.playing) return;
  chosen.playing = null;
  if (chosen.wish !== Infinity) chosen.wish = Math.floor(chosen.row);
  $("play").textContent = "Play";
}

function toggle() {
  if (!chosen.playing) return play();
  pause();
  show();
}

function layOut() {
  stage.layOut();
  map.layOut();
  showRun();
}

$("rate").max = content.runs.length - 1;
$("rate").disabled = content.runs.length < 2;
$("rate").addEventListener("input", () => chooseRun(Number($("rate").value)));
$("step").addEventListener("input", () => chooseRow(Number($("step").value)));
$("play").addEventListener("click", toggle);
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("button")) return;
  const nobody = event.target === document.body;
  if (event.key === " ") toggle();
  else if (nobody && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
    $("rate").focus({ preventScroll: true });
    chooseRun(Math.min(content.runs.length - 1, Math.max(0, chosen.run + (event.key === "ArrowRight" ? 1 : -1))));
  } else return;
  event.preventDefault();
});

const theme = () => document.documentElement.dataset.theme || (light.matches ? "light" : "dark");
const nameTheme = () => {
  $("theme").textContent = theme() === "dark" ? "Light" : "Dark";
  $("theme").setAttribute("aria-label", `${$("theme").textContent} theme`);
};
$("theme").addEventListener("click", () => {
  document.documentElement.dataset.theme = theme() === "dark" ? "light" : "dark";
  nameTheme();
});
light.addEventListener("change", nameTheme);

document.querySelector("main").hidden = $("theme").hidden = false;
nameTheme();
setUpLedger();
layOut();
const resizes = new ResizeObserver(layOut);
document.querySelectorAll("#stage, .slider").forEach((box) => resizes.observe(box));

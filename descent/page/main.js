// The chosen run and step, and the controls that change them.

const content = JSON.parse(document.getElementById("content").textContent);
const $ = (id) => document.getElementById(id);
const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
const prefersLight = matchMedia("(prefers-color-scheme: light)");
const WHOLE_RUN_MS = 9000;
const [FASTEST_MS, SLOWEST_MS] = [50, 700];

content.runs.forEach(addMethods);

// Adds methods to a run; `row` is an index into the rows that the page has.
function addMethods(run) {
  run.count = run.losses.length;
  run.stepOf = (row) => (run.rows ? run.rows[row] : row);
  run.point = (row) => {
    if (run.points) return [run.points[0][row], run.points[1][row]];
    return [run.iterates[0][row], content.lossView.kind === "curve" ? run.losses[row] : run.iterates[1][row]];
  };
  const interpolate = (row, of) => {
    const before = Math.floor(row);
    const after = Math.min(before + 1, run.count - 1);
    return of(before, after, row - before);
  };
  run.pointBetween = (row) =>
    interpolate(row, (a, b, part) => run.point(a).map((value, axis) => (1 - part) * value + part * run.point(b)[axis]));
  run.stepBetween = (row) => interpolate(row, (a, b, part) => (1 - part) * run.stepOf(a) + part * run.stepOf(b));
  run.gradientSize = (row) => Math.hypot(...run.gradients.map((column) => column[row]));
}

// `wanted` is the requested row; a shorter run shows its last row.
const chosen = { run: bestRun(), wanted: Infinity, row: 0, playing: null };
const chosenRun = () => content.runs[chosen.run];

function bestRun() {
  const ends = content.runs.map((run) => run.losses.at(-1));
  return ends.indexOf(Math.min(...ends));
}

const lossView = makeLossView(document.querySelector("#loss-view svg"), content.lossView, content.words);
const rateMap = makeMap($("rate"), document.querySelector("#map svg"), content, chooseRun);
const lossHistory = makeHistory($("step"), document.querySelector("#history svg"), content, chooseRow);

function chooseRun(index) {
  if (index === chosen.run) return;
  chosen.run = index;
  if (chosen.playing) [chosen.wanted, chosen.playing.from, chosen.playing.since] = [0, 0, null];
  showRun();
}

function chooseRow(row) {
  pause();
  chosen.wanted = row >= chosenRun().count - 1 ? Infinity : row;
  show();
}

function showRun() {
  const run = chosenRun();
  lossHistory.layOut(run);
  $("rate").value = chosen.run;
  const { texts } = run;
  $("rate").setAttribute("aria-valuetext", texts.valueText);
  $("eta").value = texts.rate;
  $("eta").dataset.exact = String(run.rate);
  const word = clear($("behavior"));
  write(word, "strong", texts.behavior, { class: styleOf(run.behavior) });
  if (texts.against) word.append(`, ${texts.against}`);
  rateMap.drawChosen(run);
  $("step").max = run.count - 1;
  $("step").disabled = $("play").disabled = run.count < 2;
  show();
}

function show() {
  const run = chosenRun();
  chosen.row = Math.min(chosen.wanted, run.count - 1);
  const row = Math.floor(chosen.row);
  lossView.setView(run, Math.ceil(chosen.row), now(), reducedMotion.matches);
  lossHistory.drawChosen(run, chosen.row);
  showTexts(run, row);
  if (!requestFrame()) lossView.drawAll(run, chosen.row);
}

function showTexts(run, row) {
  const { texts } = run;
  const sentence = texts.sentences[texts.sentence[row]];
  $("headline").textContent = sentence;
  $("t").value = `${texts.t[row]} of ${texts.steps}`;
  $("step").value = row;
  $("step").setAttribute("aria-valuetext", `${$("t").value}, loss ${texts.numbers.loss[0][row]}`);
  document.querySelector("#loss-view svg").setAttribute("aria-label", `${texts.path} ${sentence}.`);
  fillTable(run, row);
}

const now = () => performance.now();
let isFrameRequested = false;

// Requests an animation frame if something moves, and returns whether one is pending.
function requestFrame() {
  if (isFrameRequested) return true;
  if (!chosen.playing && !lossView.advance(now())) return false;
  isFrameRequested = true;
  requestAnimationFrame(onFrame);
  return true;
}

function onFrame() {
  isFrameRequested = false;
  if (chosen.playing) advancePlaying(now());
  lossView.advance(now());
  lossView.drawAll(chosenRun(), chosen.row);
  requestFrame();
}

function advancePlaying(time) {
  const run = chosenRun();
  const { playing } = chosen;
  // The steps wait until the camera has reached its view.
  playing.since ??= time + lossView.remainingMs(time);
  const pace = Math.min(SLOWEST_MS, Math.max(FASTEST_MS, WHOLE_RUN_MS / run.count));
  const reached = playing.from + Math.max(0, time - playing.since) / pace;
  const isOver = reached >= run.count - 1;
  chosen.wanted = isOver ? Infinity : reducedMotion.matches ? Math.floor(reached) : reached;
  if (isOver) pause();
  chosen.row = Math.min(chosen.wanted, run.count - 1);
  lossView.setView(run, Math.ceil(chosen.row), time, reducedMotion.matches);
  lossHistory.drawChosen(run, chosen.row);
  showTexts(run, Math.floor(chosen.row));
}

function play() {
  if (chosenRun().count < 2) return;
  const from = chosen.row >= chosenRun().count - 1 ? 0 : chosen.row;
  chosen.playing = { from, since: null };
  chosen.wanted = from;
  $("play").textContent = "Pause";
  show();
}

function pause() {
  if (!chosen.playing) return;
  chosen.playing = null;
  if (chosen.wanted !== Infinity) chosen.wanted = Math.floor(chosen.row);
  $("play").textContent = "Play";
}

function toggle() {
  if (!chosen.playing) return play();
  pause();
  show();
}

function layOut() {
  lossView.layOut();
  rateMap.layOut();
  showRun();
}

$("rate").max = content.runs.length - 1;
$("rate").disabled = content.runs.length < 2;
$("rate").addEventListener("input", () => chooseRun(Number($("rate").value)));
$("step").addEventListener("input", () => chooseRow(Number($("step").value)));
$("play").addEventListener("click", toggle);
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("button")) return;
  const isUnfocused = event.target === document.body;
  if (event.key === " ") toggle();
  else if (isUnfocused && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
    $("rate").focus({ preventScroll: true });
    chooseRun(Math.min(content.runs.length - 1, Math.max(0, chosen.run + (event.key === "ArrowRight" ? 1 : -1))));
  } else return;
  event.preventDefault();
});

const theme = () => document.documentElement.dataset.theme || (prefersLight.matches ? "light" : "dark");
const labelThemeButton = () => {
  $("theme").textContent = theme() === "dark" ? "Light" : "Dark";
  $("theme").setAttribute("aria-label", `${$("theme").textContent} theme`);
};
$("theme").addEventListener("click", () => {
  document.documentElement.dataset.theme = theme() === "dark" ? "light" : "dark";
  labelThemeButton();
});
prefersLight.addEventListener("change", labelThemeButton);

document.querySelector("main").hidden = $("theme").hidden = false;
labelThemeButton();
setUpTable();
layOut();
const resizes = new ResizeObserver(layOut);
document.querySelectorAll("#loss-view, .slider").forEach((box) => resizes.observe(box));

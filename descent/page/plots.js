// The two plots that are sliders: the learning-rate map, and the loss over steps.

const BAND = 30; // height of the track
const TARGET = 44; // height of the touch target
const HANDLE = 13; // half the width of a handle, with a margin
const DOT = 13; // radius of the glow around the chosen dot

// The class of a behavior, which may be of several words.
const styleOf = (behavior) => behavior.replaceAll(" ", "-");

// A plot whose x axis is a slider. `onChoose` is called with the index nearest to the pointer.
function makeSliderPlot(input, svg, onChoose) {
  const state = { positions: null };
  const choose = (event) => {
    if (!state.positions) return;
    const { left } = svg.getBoundingClientRect();
    onChoose(nearest(state.positions, event.clientX - left));
  };
  svg.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    svg.setPointerCapture(event.pointerId);
    input.focus({ preventScroll: true });
    choose(event);
    event.preventDefault();
  });
  svg.addEventListener("pointermove", (event) => {
    if (svg.hasPointerCapture(event.pointerId)) choose(event);
  });
  return state;
}

function nearest(positions, pixel) {
  let best = 0;
  positions.forEach((position, k) => {
    if (Math.abs(position - pixel) < Math.abs(positions[best] - pixel)) best = k;
  });
  return best;
}

function drawHandle(group, left, top) {
  draw(group, "rect", { class: "ring", x: left - 10, y: top - TARGET / 2, width: 20, height: TARGET, rx: 10 });
  draw(group, "rect", { class: "handle", x: left - 6, y: top - TARGET / 2 + 4, width: 12, height: TARGET - 8, rx: 6 });
}

function boxOf(svg, top) {
  const [width, height] = fit(svg);
  return { left: 52, right: width - 36, top, bottom: height - TARGET - 28, band: height - TARGET / 2 - 2 };
}

const clamped = (value, scaleOf) => {
  const [low, high] = [Math.min(scaleOf.from, scaleOf.to), Math.max(scaleOf.from, scaleOf.to)];
  return Math.min(high, Math.max(low, scaleOf(value)));
};

function makeMap(input, svg, content, choose) {
  const { map } = content;
  const slider = makeSliderPlot(input, svg, choose);
  let [x, y, box, front] = [];
  let words = [];

  function layOut() {
    clear(svg);
    box = boxOf(svg, 34);
    x = scale(map.rates, [box.left, box.right], true);
    y = scale(map.losses, [box.bottom, box.top], content.logarithmic);
    slider.positions = content.runs.map((run) => x(run.rate));
    drawAxes(svg, x, y, {
      xName: (text) => draw(text, "tspan", { class: "variable rate" }, "η"),
      yName: (text) => (text.textContent = map.what),
    });
    drawTrack();
    drawCurve();
    drawBoundary();
    front = draw(svg, "g");
  }

  // The geometric mean, without the product of the rates, which may underflow.
  const middle = (one, other) => x(Math.sqrt(one) * Math.sqrt(other));

  function drawTrack() {
    words = [];
    map.regions.forEach(([low, high, behavior], k) => {
      const before = map.regions[k - 1];
      const after = map.regions[k + 1];
      const left = before ? middle(before[1], low) : box.left;
      const right = after ? middle(high, after[0]) : box.right;
      draw(svg, "rect", { class: `region ${styleOf(behavior)}`, x: left, y: box.band - BAND / 2, width: Math.max(0, right - left), height: BAND });
      const word = draw(svg, "text", { class: `word ${styleOf(behavior)}`, x: (left + right) / 2, y: box.band + 5, "text-anchor": "middle" }, behavior);
      const isWide = (room) => word.getComputedTextLength() > right - left - room;
      if (isWide(12)) word.classList.add("narrow");
      if (isWide(4)) word.remove();
      else words.push({ word, left, right, width: word.getComputedTextLength() });
    });
  }

  // Moves a word that the handle would cover beside it, or hides it.
  function keepWordsClear(handle) {
    for (const { word, left, right, width } of words) {
      const isFree = Math.abs((left + right) / 2 - handle) > width / 2 + HANDLE;
      const beside = [[left, handle - HANDLE], [handle + HANDLE, right]].sort((a, b) => b[1] - b[0] - (a[1] - a[0]))[0];
      const [from, to] = isFree ? [left, right] : beside;
      word.setAttribute("x", (from + to) / 2);
      word.style.visibility = to - from < width + 4 ? "hidden" : "";
    }
  }

  function drawCurve() {
    draw(draw(svg, "clipPath", { id: "in-map" }), "rect", { x: box.left, y: box.top, width: box.right - box.left, height: box.bottom - box.top });
    const group = draw(svg, "g", { "clip-path": "url(#in-map)" });
    const points = map.curve.map(([rate, loss]) => `${round(x.ofMeasure(rate))} ${round(y.ofMeasure(loss))}`);
    draw(group, "path", { class: "curve", d: points.length > 1 ? `M${points.join("L")}` : "" });
    for (const run of content.runs) drawRun(svg, run);
  }

  // Whether a loss is above the box, 1, or below it, -1.
  const isOutside = (run) => {
    const top = y(run.losses.at(-1));
    return top < box.top - 0.5 ? 1 : top > box.bottom + 0.5 ? -1 : 0;
  };
  const triangle = (left, top, size) => `M${left - Math.abs(size)} ${top + size}L${left} ${top - size}L${left + Math.abs(size)} ${top + size}Z`;

  function drawRun(group, run) {
    const [left, top] = [x(run.rate), clamped(run.losses.at(-1), y)];
    if (isOutside(run)) draw(group, "path", { class: `dot ${styleOf(run.behavior)}`, d: triangle(left, top, 4 * isOutside(run)) });
    else draw(group, "circle", { class: `dot ${styleOf(run.behavior)}`, cx: left, cy: top, r: 3 });
  }

  function drawBoundary() {
    const { critical } = content;
    if (critical === null || critical < map.rates[0] || critical > map.rates[1]) return;
    const left = x(critical);
    draw(svg, "path", { class: "boundary", d: `M${left} ${box.top}V${box.bottom}` });
    const label = draw(svg, "text", { id: "boundary", class: "boundary-label" });
    draw(label, "tspan", {}, "2/");
    draw(label, "tspan", { class: "variable" }, "λ");
    draw(label, "tspan", {}, ` = ${content.boundary}`);
    const [begin, base] = freePosition(left, label.getComputedTextLength());
    label.setAttribute("x", begin);
    label.setAttribute("y", base);
  }

  // Returns the position beside a line where a text of some width covers the fewest dots.
  function freePosition(line, width) {
    const dots = content.runs.map((run) => [x(run.rate), clamped(run.losses.at(-1), y)]);
    const overlaps = ([begin, base]) =>
      dots.filter(([left, top]) => left > begin - DOT && left < begin + width + DOT && top > base - 12 - DOT && top < base + 4 + DOT).length;
    const positions = [];
    for (let base = box.top + 14; base < box.bottom - 6; base += 12)
      for (const begin of [line - 8 - width, line + 8])
        if (begin > box.left + 4 && begin + width < box.right + 30) positions.push([begin, base]);
    const fewest = Math.min(...positions.map(overlaps));
    return positions.find((position) => overlaps(position) === fewest) ?? [line + 8, box.top + 14];
  }

  function drawChosen(run) {
    const [left, top] = [x(run.rate), clamped(run.losses.at(-1), y)];
    clear(front);
    draw(front, "path", { class: "drop", d: `M${left} ${top}V${box.bottom}` });
    draw(front, "circle", { class: `glow ${styleOf(run.behavior)}`, cx: left, cy: top, r: 13 });
    if (isOutside(run)) draw(front, "path", { class: `chosen ${styleOf(run.behavior)}`, d: triangle(left, top, 8 * isOutside(run)) });
    else draw(front, "circle", { class: `chosen ${styleOf(run.behavior)}`, cx: left, cy: top, r: 6.5 });
    drawHandle(front, left, box.band);
    keepWordsClear(left);
  }

  return { layOut, drawChosen };
}

function makeHistory(input, svg, content, choose) {
  const slider = makeSliderPlot(input, svg, choose);
  let [x, y, box, front] = [];

  // The range that all runs share, or the run's own if the run leaves it.
  function lossesOf(run) {
    const highest = Math.max(...run.losses);
    const lowest = Math.min(...run.losses.filter((loss) => loss > 0 || !content.logarithmic));
    const [low, high] = content.losses;
    if (highest <= high) return [lowest < low ? lowest / 1.5 : low, high];
    if (content.logarithmic) return [Math.max(lowest / 1.5, 1e-300), Math.min(highest * 1.5, 1e308)];
    return [lowest - 0.06 * (highest - lowest), highest + 0.06 * (highest - lowest)];
  }

  function layOut(run) {
    clear(svg);
    box = boxOf(svg, 34);
    x = scale([0, Math.max(1, run.steps)], [box.left, box.right]);
    y = scale(lossesOf(run), [box.bottom, box.top], content.logarithmic);
    slider.positions = run.losses.map((_, row) => x(run.stepOf(row)));
    drawAxes(svg, x, y, {
      integers: true,
      xName: (text) => draw(text, "tspan", { class: "variable" }, "t"),
      yName: (text) => (text.textContent = content.words.loss),
    });
    draw(svg, "path", { class: "curve ahead", d: line(run, 0, run.count - 1) });
    front = draw(svg, "g");
  }

  const line = (run, from, to) => {
    const points = [];
    for (let row = from; row <= to; row += 1) points.push(`${round(x(run.stepOf(row)))} ${round(clamped(run.losses[row], y))}`);
    return `M${points.join("L")}`;
  };

  function drawChosen(run, row) {
    const last = Math.floor(row);
    const [left, top] = [x(run.stepOf(last)), clamped(run.losses[last], y)];
    const now = x(run.stepBetween(row));
    clear(front);
    draw(front, "path", { class: "curve", d: line(run, 0, last) });
    if (run.count <= 60) {
      const dots = run.losses.slice(0, last + 1).map((loss, k) => `M${round(x(run.stepOf(k)))} ${round(clamped(loss, y))}h0`);
      draw(front, "path", { class: "loss-dots", d: dots.join("") });
    }
    draw(front, "circle", { class: "loss-glow", cx: left, cy: top, r: 11 });
    draw(front, "circle", { class: "loss-point", cx: left, cy: top, r: 6 });
    draw(front, "rect", { class: "track", x: box.left, y: box.band - 4, width: box.right - box.left, height: 8, rx: 4 });
    draw(front, "rect", { class: "track done", x: box.left, y: box.band - 4, width: Math.max(0, now - box.left), height: 8, rx: 4 });
    drawHandle(front, now, box.band);
  }

  return { layOut, drawChosen };
}

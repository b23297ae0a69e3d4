// The path of a run over the loss, and a camera that zooms out when the run leaves the view.

const UNITS = 3000; // side of the square that backdrops are drawn in
const FARTHEST = 20000; // pixels; points beyond are moved in along their direction
const LONGEST_GRADIENT = 90;
const TANGENT = 70;
const MOVE_MS = 500;

function makeLossView(svg, content, words) {
  const hasLongName = symbol(content.names[0]).join("").length > 3;
  const margin = { left: 52, right: 42, top: 28, bottom: hasLongName ? 44 : 26 };
  const middleOf = () => [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  const layers = {};
  let box = null;
  let camera = content.views[0].window;
  // Index of the view that the camera shows; fractional during a move.
  let at = 0;
  let target = 0;
  let move = null;

  function layOut() {
    const [width, height] = fit(svg);
    box = { left: margin.left, top: margin.top, right: width - margin.right, bottom: height - margin.bottom };
    const [[x0, x1], [y0, y1]] = content.views[0].window;
    if (content.kind !== "curve") {
      const room = [box.right - box.left, box.bottom - box.top];
      const unit = Math.min(room[0] / (x1 - x0), room[1] / (y1 - y0));
      box.right = box.left + unit * (x1 - x0);
      box.bottom = box.top + unit * (y1 - y0);
    }
    clear(svg);
    const clip = draw(draw(svg, "clipPath", { id: "inside" }), "rect");
    Object.entries({ x: box.left, y: box.top, width: box.right - box.left, height: box.bottom - box.top })
      .forEach(([key, value]) => clip.setAttribute(key, value));
    const inside = draw(svg, "g", { "clip-path": "url(#inside)" });
    layers.backdrops = content.views.map((view) => drawBackdrop(inside, view));
    layers.path = draw(inside, "g");
    layers.axes = draw(svg, "g");
    layers.front = draw(svg, "g");
  }

  function drawBackdrop(parent, view) {
    const group = draw(parent, "g", { class: `backdrop ${content.kind}` });
    for (const d of view.fills) draw(group, "path", { class: "fill", d });
    view.lines.forEach((d, k) => {
      const line = draw(group, "path", { class: "line", d });
      if (content.kind !== "curve") line.style.strokeOpacity = 0.65 - (0.4 * k) / Math.max(1, view.lines.length - 1);
    });
    return group;
  }

  const scales = (window = camera) => [
    scale(window[0], [box.left, box.right]),
    scale(window[1], [box.bottom, box.top]),
  ];

  function toPixels(point) {
    const [x, y] = scales();
    const middle = middleOf();
    const offset = [x(point[0]) - middle[0], y(point[1]) - middle[1]].map((v) => Math.max(-1e300, Math.min(1e300, v)));
    const far = Math.max(Math.abs(offset[0]), Math.abs(offset[1]), 1e-9);
    const factor = Math.min(1, FARTHEST / far);
    return [middle[0] + factor * offset[0], middle[1] + factor * offset[1]];
  }

  function moveBackdrops() {
    const [x, y] = scales();
    layers.backdrops.forEach((group, k) => {
      const [[x0, x1], [y0, y1]] = content.views[k].window;
      const [left, top] = [x(x0), y(y1)];
      const factors = [(x(x1) - left) / UNITS, (y(y0) - top) / UNITS];
      group.setAttribute("transform", `matrix(${factors[0]} 0 0 ${factors[1]} ${left} ${top})`);
      const opacity = opacityOf(k);
      group.style.opacity = opacity;
      group.style.display = opacity > 0 ? "" : "none";
    });
  }

  // The wider of two views fills the picture; the narrower one fades on top.
  function opacityOf(k) {
    const part = at - Math.floor(at);
    if (k === Math.ceil(at)) return part ? Math.min(1, 4 * part) : 1;
    return k === Math.floor(at) ? 1 - part : 0;
  }

  // Moves the camera to the view of a row, at once or gradually.
  function setView(run, row, now, isInstant) {
    const view = run.views.findLastIndex((first) => row >= first);
    if (view === target) return;
    target = view;
    move = isInstant ? null : { from: at, since: now };
    if (isInstant) moveCamera(view);
  }

  // Advances the camera's move to a time, and returns whether the move goes on.
  function advance(now) {
    if (!move) return false;
    const elapsed = Math.min(1, Math.max(0, (now - move.since) / MOVE_MS));
    const part = elapsed * elapsed * (3 - 2 * elapsed);
    moveCamera(elapsed === 1 ? target : move.from + part * (target - move.from));
    if (elapsed === 1) move = null;
    return move !== null;
  }

  function moveCamera(position) {
    at = position;
    const [narrow, wide] = [Math.floor(at), Math.ceil(at)].map((k) => content.views[k].window);
    camera = between(narrow, wide, at - Math.floor(at));
  }

  // The time that the camera's move still takes.
  const remainingMs = (now) => (move ? Math.max(0, move.since + MOVE_MS - now) : 0);

  // Interpolates windows exponentially, so that zooming out is not too fast.
  function between(from, to, part) {
    return [0, 1].map((axis) => {
      const [w0, w1] = [from[axis][1] - from[axis][0], to[axis][1] - to[axis][0]];
      const width = w0 ** (1 - part) * w1 ** part;
      const along = Math.abs(w1 - w0) > 1e-9 * w0 ? (width - w0) / (w1 - w0) : part;
      return [0, 1].map((end) => from[axis][end] + along * (to[axis][end] - from[axis][end]));
    });
  }

  function drawPath(run, row) {
    const group = clear(layers.path);
    const last = Math.floor(row);
    const points = [];
    for (let k = 0; k <= last; k += 1) points.push(toPixels(run.point(k)));
    const current = row > last ? toPixels(run.pointBetween(row)) : points[last];
    const isNext = (k) => run.stepOf(k) === run.stepOf(k - 1) + 1;
    let line = `M${points[0].join(" ")}`;
    for (let k = 1; k <= last; k += 1) line += `${isNext(k) ? "L" : "M"}${points[k].map(round).join(" ")}`;
    if (row > last && isNext(last + 1)) line += `L${current.join(" ")}`;
    if (row === last) drawStep(group, run, last, current);
    draw(group, "path", { class: "path", d: line });
    const dots = points.map((point) => `M${point.map(round).join(" ")}h0`).join("");
    draw(group, "path", { class: run.count > 80 ? "dots many" : "dots", d: dots });
    return current;
  }

  function drawStep(group, run, row, current) {
    if (row + 1 >= run.count || run.stepOf(row + 1) !== run.stepOf(row) + 1) return;
    const next = toPixels(run.point(row + 1));
    if (content.kind === "curve") drawTangent(group, run, row, current);
    if (content.kind === "contours") drawGradient(group, run, row, current);
    arrow(group, current, content.kind === "curve" ? [next[0], current[1]] : next, "step");
  }

  // Gradients within a view are drawn to one scale.
  function drawGradient(group, run, row, current) {
    const view = run.views.findLastIndex((first) => row >= first);
    const [begin, end] = [run.views[view], run.views[view + 1] ?? run.count];
    let longest = 0;
    for (let k = begin; k < Math.min(end, run.count); k += 1) longest = Math.max(longest, run.gradientSize(k));
    const gradient = run.gradients.map((column) => column[row] / longest);
    const length = LONGEST_GRADIENT * Math.min(1, Math.max(0.6, (box.right - box.left) / 600));
    arrow(group, current, [current[0] + length * gradient[0], current[1] - length * gradient[1]], "gradient");
  }

  function drawTangent(group, run, row, current) {
    const [x, y] = scales();
    const slope = [x(1) - x(0), run.gradients[0][row] * (y(1) - y(0))];
    const size = Math.hypot(...slope);
    const [dx, dy] = slope.map((part) => (TANGENT * part) / size);
    draw(group, "path", { class: "tangent", d: `M${current[0] - dx} ${current[1] - dy}L${current[0] + dx} ${current[1] + dy}` });
  }

  function drawAll(run, row) {
    moveBackdrops();
    const [x, y] = scales();
    drawAxes(clear(layers.axes), x, y, {
      xName: (text) => writeName(text, content.names[0]),
      yName: (text) => writeName(text, content.names[1]),
    });
    const current = drawPath(run, row);
    drawPoint(clear(layers.front), current, run, Math.ceil(row));
  }

  function drawPoint(group, [left, top], run, row) {
    const isInside = left >= box.left && left <= box.right && top >= box.top && top <= box.bottom;
    if (isInside) {
      draw(group, "circle", { class: "glow", cx: left, cy: top, r: 15 });
      draw(group, "circle", { class: "point", cx: left, cy: top, r: 7.5 });
    } else drawOutside(group, run, row);
  }

  // For a point outside of every view: an arrowhead where the path last left the view.
  function drawOutside(group, run, row) {
    const middle = middleOf();
    let to = row;
    while (to > 0 && partInside(toPixels(run.point(to - 1)), toPixels(run.point(to))) === null) to -= 1;
    const [from, point] = [to > 0 ? toPixels(run.point(to - 1)) : middle, toPixels(run.point(to))];
    const part = partInside(from, point);
    const offset = [point[0] - from[0], point[1] - from[1]];
    const [left, top] = offset.map((value, axis) => from[axis] + part * value);
    const degrees = (Math.atan2(offset[1], offset[0]) * 180) / Math.PI;
    draw(group, "path", { class: "outside", d: "M-20 -8L0 0L-20 8Z", transform: `translate(${left} ${top}) rotate(${degrees})` });
    // The text stands beside a steep path, and else above or below its end, clear of the path.
    const isSteep = Math.abs(offset[1]) > Math.abs(offset[0]);
    const isRight = left > middle[0];
    const y = Math.min(box.bottom - 12, Math.max(box.top + 16, top + (isSteep ? 5 : offset[1] < 0 ? -18 : 28)));
    const back = Math.max(0, offset[1] > 0 ? top - y + 14 : y + 6 - top);
    const room = 28 + back * Math.min(3, Math.abs(offset[0] / (offset[1] || 1)));
    draw(group, "text", { class: "aside", x: left + (isRight ? -room : room), y, "text-anchor": isRight ? "end" : "start" }, words.outside);
  }

  // Returns where a segment leaves the box, from 0 to 1; null if it never is inside.
  function partInside(from, to) {
    let [enters, leaves] = [0, 1];
    [[box.left, box.right], [box.top, box.bottom]].forEach(([low, high], axis) => {
      const way = to[axis] - from[axis] || 1e-9;
      const parts = [(low - from[axis]) / way, (high - from[axis]) / way].sort((a, b) => a - b);
      [enters, leaves] = [Math.max(enters, parts[0]), Math.min(leaves, parts[1])];
    });
    return enters <= leaves ? leaves : null;
  }

  return { layOut, setView, advance, remainingMs, drawAll };
}

const round = (value) => Math.round(value * 10) / 10;

function arrow(parent, from, to, kind) {
  const offset = [to[0] - from[0], to[1] - from[1]];
  const length = Math.hypot(...offset);
  if (!(length > 3)) return;
  const head = Math.min(11, length * 0.6);
  const [dx, dy] = offset.map((value) => value / length);
  const neck = [to[0] - head * dx, to[1] - head * dy];
  const side = [-dy * head * 0.42, dx * head * 0.42];
  draw(parent, "path", { class: `arrow ${kind}`, d: `M${from.join(" ")}L${neck.join(" ")}` });
  const corners = [to, [neck[0] + side[0], neck[1] + side[1]], [neck[0] - side[0], neck[1] - side[1]]];
  draw(parent, "path", { class: `head ${kind}`, d: `M${corners.map((corner) => corner.join(" ")).join("L")}Z` });
}

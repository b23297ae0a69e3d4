// The path of a run over its loss, and a camera that widens when the run leaves the view.

const UNITS = 3000; // the side of the square that backdrops are drawn in
const FURTHEST = 20000; // pixels; what lies beyond is drawn in, along its direction
const LONGEST_GRADIENT = 90;
const TANGENT = 70;
const MOVE_MS = 500;

function makeStage(svg, stage) {
  const hasLongName = symbol(stage.names[0]).join("").length > 3;
  const margin = { left: 52, right: 42, top: 28, bottom: hasLongName ? 44 : 26 };
  const middleOf = () => [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  const layers = {};
  let box = null;
  let camera = stage.views[0].window;
  // Which view the camera sees; between two of them where it is on its way.
  let at = 0;
  let wanted = 0;
  let move = null;

  function layOut() {
    const [width, height] = fit(svg);
    box = { left: margin.left, top: margin.top, right: width - margin.right, bottom: height - margin.bottom };
    const [[x0, x1], [y0, y1]] = stage.views[0].window;
    if (stage.kind !== "curve") {
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
    layers.backdrops = stage.views.map((view) => drawBackdrop(inside, view));
    layers.path = draw(inside, "g");
    layers.axes = draw(svg, "g");
    layers.front = draw(svg, "g");
  }

  function drawBackdrop(parent, view) {
    const group = draw(parent, "g", { class: `backdrop ${stage.kind}` });
    for (const d of view.fills) draw(group, "path", { class: "fill", d });
    view.lines.forEach((d, k) => {
      const line = draw(group, "path", { class: "line", d });
      if (stage.kind !== "curve") line.style.strokeOpacity = 0.65 - (0.4 * k) / Math.max(1, view.lines.length - 1);
    });
    return group;
  }

  const scales = (window = camera) => [
    scale(window[0], [box.left, box.right]),
    scale(window[1], [box.bottom, box.top]),
  ];

  function place(point) {
    const [x, y] = scales();
    const middle = middleOf();
    const away = [x(point[0]) - middle[0], y(point[1]) - middle[1]].map((v) => Math.max(-1e300, Math.min(1e300, v)));
    const far = Math.max(Math.abs(away[0]), Math.abs(away[1]), 1e-9);
    const drawnIn = Math.min(1, FURTHEST / far);
    return [middle[0] + drawnIn * away[0], middle[1] + drawnIn * away[1]];
  }

  function moveBackdrops() {
    const [x, y] = scales();
    layers.backdrops.forEach((group, k) => {
      const [[x0, x1], [y0, y1]] = stage.views[k].window;
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

  // The view of a row; without motion it is there at once.
  function look(run, row, now, still) {
    const view = run.views.findLastIndex((first) => row >= first);
    if (view === wanted) return;
    wanted = view;
    move = still ? null : { from: at, since: now };
    if (still) stand(view);
  }

  // One frame of the camera's way; returns whether there is more of it.
  function advance(now) {
    if (!move) return false;
    const elapsed = Math.min(1, Math.max(0, (now - move.since) / MOVE_MS));
    const part = elapsed * elapsed * (3 - 2 * elapsed);
    stand(elapsed === 1 ? wanted : move.from + part * (wanted - move.from));
    if (elapsed === 1) move = null;
    return move !== null;
  }

  function stand(place) {
    at = place;
    const [narrow, wide] = [Math.floor(at), Math.ceil(at)].map((k) => stage.views[k].window);
    camera = between(narrow, wide, at - Math.floor(at));
  }

  // How long the camera will still be on its way.
  const remaining = (now) => (move ? Math.max(0, move.since + MOVE_MS - now) : 0);

  // Widths change by equal factors in equal times, so that a view far wider does not rush by.
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
    for (let k = 0; k <= last; k += 1) points.push(place(run.place(k)));
    const here = row > last ? place(run.placeBetween(row)) : points[last];
    const isNext = (k) => run.stepOf(k) === run.stepOf(k - 1) + 1;
    let line = `M${points[0].join(" ")}`;
    for (let k = 1; k <= last; k += 1) line += `${isNext(k) ? "L" : "M"}${points[k].map(round).join(" ")}`;
    if (row > last && isNext(last + 1)) line += `L${here.join(" ")}`;
    if (row === last) drawStep(group, run, last, here);
    draw(group, "path", { class: "path", d: line });
    const dots = points.map((point) => `M${point.map(round).join(" ")}h0`).join("");
    draw(group, "path", { class: run.count > 80 ? "dots many" : "dots", d: dots });
    return here;
  }

  function drawStep(group, run, row, here) {
    if (row + 1 >= run.count || run.stepOf(row + 1) !== run.stepOf(row) + 1) return;
    const next = place(run.place(row + 1));
    if (stage.kind === "curve") drawTangent(group, run, row, here);
    if (stage.kind === "contours") drawGradient(group, run, row, here);
    arrow(group, here, stage.kind === "curve" ? [next[0], here[1]] : next, "step");
  }

  // Arrows of gradients are to one scale within a view.
  function drawGradient(group, run, row, here) {
    const view = run.views.findLastIndex((first) => row >= first);
    const [begin, end] = [run.views[view], run.views[view + 1] ?? run.count];
    let longest = 0;
    for (let k = begin; k < Math.min(end, run.count); k += 1) longest = Math.max(longest, run.gradientSize(k));
    const gradient = run.gradients.map((column) => column[row] / longest);
    const length = LONGEST_GRADIENT * Math.min(1, Math.max(0.6, (box.right - box.left) / 600));
    arrow(group, here, [here[0] + length * gradient[0], here[1] - length * gradient[1]], "gradient");
  }

  function drawTangent(group, run, row, here) {
    const [x, y] = scales();
    const slope = [x(1) - x(0), run.gradients[0][row] * (y(1) - y(0))];
    const size = Math.hypot(...slope);
    const [dx, dy] = slope.map((part) => (TANGENT * part) / size);
    draw(group, "path", { class: "tangent", d: `M${here[0] - dx} ${here[1] - dy}L${here[0] + dx} ${here[1] + dy}` });
  }

  function drawAll(run, row) {
    moveBackdrops();
    const [x, y] = scales();
    drawAxes(clear(layers.axes), x, y, {
      xName: (text) => writeName(text, stage.names[0]),
      yName: (text) => writeName(text, stage.names[1]),
    });
    const here = drawPath(run, row);
    drawPoint(clear(layers.front), here, run, Math.ceil(row));
  }

  function drawPoint(group, [left, top], run, row) {
    const isInside = left >= box.left && left <= box.right && top >= box.top && top <= box.bottom;
    if (isInside) {
      draw(group, "circle", { class: "glow", cx: left, cy: top, r: 15 });
      draw(group, "circle", { class: "point", cx: left, cy: top, r: 7.5 });
    } else drawOutside(group, run, row);
  }

  // A point that no view holds: an arrowhead where the path left the view for the last time.
  function drawOutside(group, run, row) {
    const middle = middleOf();
    let to = row;
    while (to > 0 && partInside(place(run.place(to - 1)), place(run.place(to))) === null) to -= 1;
    const [from, point] = [to > 0 ? place(run.place(to - 1)) : middle, place(run.place(to))];
    const part = partInside(from, point);
    const away = [point[0] - from[0], point[1] - from[1]];
    const [left, top] = away.map((value, axis) => from[axis] + part * value);
    const turned = (Math.atan2(away[1], away[0]) * 180) / Math.PI;
    draw(group, "path", { class: "outside", d: "M-20 -8L0 0L-20 8Z", transform: `translate(${left} ${top}) rotate(${turned})` });
    // Beside a steep path, else ahead of one that rises or falls: its way to here is free of text.
    const isSteep = Math.abs(away[1]) > Math.abs(away[0]);
    const isRight = left > middle[0];
    const y = Math.min(box.bottom - 12, Math.max(box.top + 16, top + (isSteep ? 5 : away[1] < 0 ? -18 : 28)));
    const back = Math.max(0, away[1] > 0 ? top - y + 14 : y + 6 - top);
    const room = 28 + back * Math.min(3, Math.abs(away[0] / (away[1] || 1)));
    draw(group, "text", { class: "aside", x: left + (isRight ? -room : room), y, "text-anchor": isRight ? "end" : "start" }, "outside the view");
  }

  // How much of the way from one point to another is past when it leaves the box; null if it never
  // was inside.
  function partInside(from, to) {
    let [enters, leaves] = [0, 1];
    [[box.left, box.right], [box.top, box.bottom]].forEach(([low, high], axis) => {
      const way = to[axis] - from[axis] || 1e-9;
      const parts = [(low - from[axis]) / way, (high - from[axis]) / way].sort((a, b) => a - b);
      [enters, leaves] = [Math.max(enters, parts[0]), Math.min(leaves, parts[1])];
    });
    return enters <= leaves ? leaves : null;
  }

  return { layOut, look, advance, remaining, drawAll };
}

const round = (value) => Math.round(value * 10) / 10;

function arrow(parent, from, to, kind) {
  const away = [to[0] - from[0], to[1] - from[1]];
  const length = Math.hypot(...away);
  if (!(length > 3)) return;
  const head = Math.min(11, length * 0.6);
  const [dx, dy] = away.map((value) => value / length);
  const neck = [to[0] - head * dx, to[1] - head * dy];
  const side = [-dy * head * 0.42, dx * head * 0.42];
  draw(parent, "path", { class: `arrow ${kind}`, d: `M${from.join(" ")}L${neck.join(" ")}` });
  const corners = [to, [neck[0] + side[0], neck[1] + side[1]], [neck[0] - side[0], neck[1] - side[1]]];
  draw(parent, "path", { class: `head ${kind}`, d: `M${corners.map((corner) => corner.join(" ")).join("L")}Z` });
}

// SVG and HTML elements, axes and their ticks.

const SVG = "http://www.w3.org/2000/svg";
const TICK_ROOM = { x: 76, y: 40 };
const AT_END = 13;
const STRIDES = [1, 2, 5, 10, 20, 50, 100, 200, 500];
const LEAST_SIZE = 140;
const LONGEST_AT_END = 28; // pixels; a longer name does not fit beyond the end of its axis

function draw(parent, name, attributes = {}, text = "") {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return parent.appendChild(element);
}

function write(parent, tag, text = "", attributes = {}) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return parent.appendChild(element);
}

// Writes a parameter's name into an HTML element or an SVG <text>.
function writeName(parent, name) {
  const [base, subscript] = symbol(name);
  const inSvg = parent.namespaceURI === SVG;
  if (inSvg) {
    draw(parent, "tspan", { class: base.length === 1 ? "variable" : "" }, base);
    if (subscript) draw(parent, "tspan", { class: "subscript", dy: 4 }, subscript);
  } else {
    write(parent, base.length === 1 ? "i" : "span", base);
    if (subscript) write(parent, "sub", subscript);
  }
}

// Returns a function from values to pixels; zero on a logarithmic axis is far below its low end.
function scale([low, high], [from, to], logarithmic = false) {
  const measure = logarithmic ? (value) => Math.log10(Math.max(value, 1e-320)) : (value) => value;
  const begin = measure(low);
  const span = measure(high) - begin;
  const ofMeasure = (measured) => from + ((measured - begin) / span) * (to - from);
  const place = (value) => ofMeasure(measure(value));
  return Object.assign(place, { low, high, from, to, logarithmic, ofMeasure });
}

function niceStep(raw) {
  const base = 10 ** Math.floor(Math.log10(raw));
  return base * [1, 2, 5, 10].find((factor) => factor * base >= raw * 0.999);
}

function linearTicks(low, high, about, integers = false) {
  let step = niceStep((high - low) / Math.max(1, about));
  if (integers) step = Math.max(1, step);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const ticks = [];
  for (let k = first; k <= last && ticks.length < 50; k += 1) ticks.push(k * step);
  const largest = Math.max(...ticks.map(Math.abs), step);
  const figures = Math.min(15, Math.max(1, Math.ceil(Math.log10(largest / step)) + 1));
  const shared = largest >= 1e4 || largest < 0.01 ? Math.floor(Math.log10(largest) + 1e-9) : 0;
  const labels = ticks.map((value) => [value, tickNumber(Number(`${value}`) / 10 ** shared, figures)]);
  return Object.assign(labels, { shared });
}

function logTicks(low, high, about) {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const decades = Math.log10(high / low);
  if (decades < 0.7) return linearTicks(low, high, about);
  const factors = decades * 3 <= about ? [1, 2, 5] : [1];
  // Exponents are round numbers: 0, 100, 200.
  const count = (stride) => Math.floor(last / stride) - Math.ceil(first / stride) + 1;
  const stride = STRIDES.find((one) => count(one) <= Math.max(about, 3));
  const ticks = [];
  for (let k = first - 1; k <= last; k += 1)
    for (const factor of factors) {
      const value = factor * Number(`1e${k}`);
      const inside = value >= low * 0.999 && value <= high * 1.001;
      if (inside && k % stride === 0) ticks.push(value);
    }
  const plain = low > 5e-4 && high < 2e4;
  return ticks.map((value) => [value, plain ? tickNumber(value) : powerLabel(value)]);
}

function powerLabel(value) {
  const exponent = Math.floor(Math.log10(value) + 1e-9);
  return scientific(String(Math.round(value / 10 ** exponent)), exponent);
}

// Draws axes at the left and lower edge of a box; `x` and `y` are scales.
function drawAxes(parent, x, y, { integers = false, xName = () => {}, yName = () => {} } = {}) {
  const ticksOf = (axis, room) => {
    const about = Math.max(2, Math.floor(Math.abs(axis.to - axis.from) / room));
    return axis.logarithmic ? logTicks(axis.low, axis.high, about) : linearTicks(axis.low, axis.high, about, integers && axis === x);
  };
  draw(parent, "path", { class: "axis", d: `M${x.from} ${y.to}V${y.from}H${x.to}` });
  const [across, upwards] = [ticksOf(x, TICK_ROOM.x), ticksOf(y, TICK_ROOM.y)];
  for (const [value, label] of across) {
    draw(parent, "path", { class: "axis", d: `M${x(value)} ${y.from}v5` });
    draw(parent, "text", { class: "tick", x: x(value), y: y.from + 20, "text-anchor": "middle" }, label);
  }
  for (const [value, label] of upwards) {
    draw(parent, "path", { class: "axis", d: `M${x.from} ${y(value)}h-5` });
    draw(parent, "text", { class: "tick", x: x.from - 9, y: y(value) + 5, "text-anchor": "end" }, label);
  }
  const name = draw(parent, "text", { class: "name", x: x.to + AT_END, y: y.from + 5 });
  xName(name);
  writeShared(name, across.shared);
  if (name.getComputedTextLength() > LONGEST_AT_END) {
    for (const [key, value] of Object.entries({ x: x.to, y: y.from + 38, "text-anchor": "end" })) name.setAttribute(key, value);
  }
  const above = draw(parent, "text", { class: "name", x: Math.max(0, x.from - 40), y: y.to - 12 });
  yName(above);
  writeShared(above, upwards.shared);
}

// Writes the power of ten that the tick labels are multiples of.
function writeShared(name, exponent) {
  const subscript = name.querySelector(".subscript");
  if (exponent) draw(name, "tspan", { class: "tick", dy: subscript ? -4 : 0 }, ` · ${power(exponent)}`);
}

function clear(element) {
  element.replaceChildren();
  return element;
}

// Sets the viewBox of an SVG to its size in pixels; hidden elements have no size.
function fit(svg) {
  const box = svg.getBoundingClientRect();
  const [width, height] = [Math.max(LEAST_SIZE, box.width), Math.max(LEAST_SIZE, box.height)];
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  return [width, height];
}

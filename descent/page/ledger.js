// The numbers of a step, and what may be said of it.

const TINY_FALL = 0.05;
const MANY_TIMES = 10;

function setUpLedger() {
  const names = content.columns;
  const head = write(document.querySelector("#ledger thead"), "tr");
  write(head, "td");
  if (!names.length) write(head, "th", "size", { scope: "col" });
  for (const name of names) writeName(write(head, "th", "", { scope: "col", title: name }), name);
  const width = Math.max(1, names.length);
  const rows = [
    ["parameter", names.length ? ["θ", "t"] : ["θ − θ⁰", ""], width],
    ["gradient", ["gradient", ""], width],
    ["change", [names.length ? "−η · gradient" : "η · gradient", ""], width],
    ["loss", ["loss", ""], 1],
  ];
  for (const [role, [word, raised], columns] of rows) {
    const line = write(document.querySelector("#ledger tbody"), "tr", "", { class: role });
    const label = write(line, "th", "", { scope: "row" });
    for (const part of word.split(/([θη])/)) write(label, /[θη]/.test(part) ? "i" : "span", part);
    if (raised) write(label, "sup", raised);
    for (let column = 0; column < columns; column += 1) write(line, "td", "", columns < width ? { colspan: width } : {});
  }
}

function fillLedger(run, row) {
  const isSize = !content.columns.length;
  const fill = (role, values, signed) => {
    document.querySelectorAll(`#ledger .${role} td`).forEach((cell, column) => {
      const value = values[column];
      cell.textContent = value === undefined ? "–" : steady(value, signed && !isSize);
      cell.title = cell.dataset.exact = value === undefined ? "" : String(value);
    });
  };
  const gradient = run.gradients.map((column) => column[row]);
  fill("parameter", run.iterates.map((column) => column[row]), false);
  fill("gradient", gradient, true);
  // What the last step of all would have changed was not taken.
  const isLast = run.stepOf(row) === run.steps;
  const sign = isSize ? 1 : -1;
  fill("change", isLast ? [] : gradient.map((value) => sign * (run.rate * value)), true);
  fill("loss", [run.losses[row]], false);
  const caption = clear(document.querySelector("#ledger caption"));
  write(caption, "span", "").append(italic("t"), ` = ${whole(run.stepOf(row))}`);
  caption.append(" ");
  write(caption, "span", "", { class: "rate" }).append(italic("η"), ` = ${short(run.rate)}`);
}

function italic(text) {
  const element = document.createElement("i");
  element.textContent = text;
  return element;
}

// What became of the run at its end; before, what the step to here did.
function say(run, row) {
  if (row === run.count - 1) return run.ends;
  if (row === 0) return run.opens;
  const [before, after] = [run.losses[row - 1], run.losses[row]];
  const t = whole(run.stepOf(row));
  if (run.stepOf(row) !== run.stepOf(row - 1) + 1) return `After ${t} steps the loss is ${short(after)}`;
  if (after === before) return `Step ${t}: the loss stays at ${short(before)}`;
  const change = sayChange(before, after);
  const isLower = after < before;
  if (goesAcross(run, row)) return `Step ${t}: across the valley, ${isLower ? "but lower" : "and higher"}: ${change}`;
  return `Step ${t}: ${isLower ? "downhill" : "uphill"}: ${change}`;
}

// The slope along a step has turned round.
function goesAcross(run, row) {
  if (!content.columns.length) return false;
  const sizes = [run.gradientSize(row - 1), run.gradientSize(row)];
  return run.gradients.reduce((sum, column) => sum + (column[row - 1] / sizes[0]) * (column[row] / sizes[1]), 0) < 0;
}

function sayChange(before, after) {
  if (Math.min(before, after) <= 0) return `the loss goes from ${short(before)} to ${short(after)}`;
  if (after < before) {
    const only = 1 - after / before < TINY_FALL ? "only " : "";
    return `the loss falls by ${only}${percent(1 - after / before)}`.replace("only less", "less");
  }
  if (after > MANY_TIMES * before) return `the loss rises to ${short(after / before, 2)} times what it was`;
  return `the loss rises by ${percent(after / before - 1)}`;
}

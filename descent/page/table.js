// The table of a step's numbers.

function setUpTable() {
  const names = content.columns;
  const head = write(document.querySelector("#numbers thead"), "tr");
  write(head, "td");
  if (!names.length) write(head, "th", content.words.size, { scope: "col" });
  for (const name of names) writeName(write(head, "th", "", { scope: "col", title: name }), name);
  const width = Math.max(1, names.length);
  for (const [role, [word, raised]] of Object.entries(content.words.rows)) {
    const columns = role === "loss" ? 1 : width;
    const line = write(document.querySelector("#numbers tbody"), "tr", "", { class: role });
    const label = write(line, "th", "", { scope: "row" });
    for (const part of word.split(/([θη])/)) write(label, /[θη]/.test(part) ? "i" : "span", part);
    if (raised) write(label, "sup", raised);
    for (let column = 0; column < columns; column += 1) write(line, "td", "", columns < width ? { colspan: width } : {});
  }
}

function fillTable(run, row) {
  const isSize = !content.columns.length;
  const { texts } = run;
  const fill = (role, values) => {
    document.querySelectorAll(`#numbers .${role} td`).forEach((cell, column) => {
      const value = values[column];
      cell.textContent = texts.numbers[role][column]?.[row] ?? "–";
      cell.title = cell.dataset.exact = value === undefined ? "" : String(value);
    });
  };
  const gradient = run.gradients.map((column) => column[row]);
  fill("parameter", run.iterates.map((column) => column[row]));
  fill("gradient", gradient);
  // After the last step nothing changes.
  const isLast = run.stepOf(row) === run.steps;
  const sign = isSize ? 1 : -1;
  fill("change", isLast ? [] : gradient.map((value) => sign * (run.rate * value)));
  fill("loss", [run.losses[row]]);
  const caption = clear(document.querySelector("#numbers caption"));
  write(caption, "span", "").append(italic("t"), ` = ${texts.t[row]}`);
  caption.append(" ");
  write(caption, "span", "", { class: "rate" }).append(italic("η"), ` = ${texts.rate}`);
}

function italic(text) {
  const element = document.createElement("i");
  element.textContent = text;
  return element;
}

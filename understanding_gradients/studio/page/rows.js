// The data: a table of rows, into which one can paste from a spreadsheet.

import { element, set, setText } from "./dom.js";
import { change, field, numberOrText } from "./field.js";
import { edit } from "./server.js";

export class Rows {
  constructor() {
    this.rows = [];
    this.picked = 1;
    this.body = element("tbody");
    this.heads = [element("th", { scope: "col" }, "x"), element("th", { scope: "col" }, "y")];
    this.error = element("p", { className: "error", role: "alert" });
    const table = element("table", { className: "rows" },
      element("caption", {}, "Rows; paste two columns from a spreadsheet into any cell."),
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "Shown"), ...this.heads, element("td"))),
      this.body);
    table.addEventListener("paste", (event) => this.paste(event));
    this.names = ["x_name", "y_name"].map((key, at) => {
      const input = element("input", { type: "text", autocomplete: "off", id: key });
      const made = field(`Name of ${"xy"[at]}`, input);
      input.addEventListener("change", () => change(`data.${key}`, input.value, made));
      return { input, made };
    });
    this.field = { refuse: (problem) => { this.error.textContent = problem.sentence; }, accept: () => { this.error.textContent = ""; } };
    this.node = element("div", { className: "data" },
      ...this.names.map(({ made }) => made.node), element("div", { className: "table" }, table),
      element("button", { type: "button", className: "small", on: { click: () => this.add() } }, "Add a row"),
      this.error);
  }

  /** Show the data of the document. */
  show(data) {
    this.rows = data.rows;
    this.picked = data.picked_row;
    ["x_name", "y_name"].forEach((key, at) => {
      setText(this.names[at].input, data[key]);
      set(this.heads[at], "textContent", data[key]);
    });
    while (this.body.rows.length > data.rows.length) this.body.lastChild.remove();
    while (this.body.rows.length < data.rows.length) this.body.append(this.line(this.body.rows.length));
    data.rows.forEach((row, at) => {
      const line = this.body.rows[at];
      const [picked, ...cells] = line.querySelectorAll("input");
      set(picked, "checked", at + 1 === data.picked_row);
      cells.forEach((cell, column) => setText(cell, String(row[column])));
    });
  }

  line(at) {
    const picked = element("input", { type: "radio", name: "picked" });
    picked.setAttribute("aria-label", `Show row ${at + 1} in detail`);
    picked.addEventListener("change", () => change("data.picked_row", at + 1, this.field));
    const cells = [0, 1].map((column) => {
      const cell = element("input", { type: "text", inputMode: "decimal", autocomplete: "off" });
      cell.setAttribute("aria-label", `${"xy"[column]} of row ${at + 1}`);
      cell.addEventListener("change", () => {
        const rows = this.rows.map((row) => [...row]);
        rows[at][column] = numberOrText(cell.value);
        this.send(rows);
      });
      return cell;
    });
    const remove = element("button", { type: "button", className: "small", on: { click: () => this.remove(at) } }, "×");
    remove.setAttribute("aria-label", `Remove row ${at + 1}`);
    return element("tr", {}, element("td", {}, picked), ...cells.map((cell) => element("td", {}, cell)), element("td", {}, remove));
  }

  send(rows, picked = this.picked) {
    this.sendAll(picked === this.picked ? { "data.rows": rows } : { "data.rows": rows, "data.picked_row": picked });
  }

  /** Send rows, and what belongs to them; where they are refused, go on with `before`, if given. */
  sendAll(values, before = null) {
    // The next change is made to what the table shows, before the answer to this one.
    this.rows = values["data.rows"];
    this.picked = values["data.picked_row"] ?? this.picked;
    const refused = (problem) => { this.rows = before ?? this.rows; this.field.refuse(problem); };
    edit(values, { refused, taken: this.field.accept });
  }

  add() {
    this.send([...this.rows, this.rows.at(-1) ?? [0, 0]]);
  }

  remove(at) {
    const rows = this.rows.filter((_, one) => one !== at);
    const picked = this.picked > at + 1 || this.picked > rows.length ? Math.max(1, this.picked - 1) : this.picked;
    this.send(rows, picked);
  }

  /** Take a table from a spreadsheet in place of all rows; a single value goes into its cell. */
  paste(event) {
    const text = event.clipboardData.getData("text/plain");
    const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
    const cells = lines.map((line) => line.split(/\t|;|,(?=\s)|\s{2,}/).map((cell) => cell.trim()));
    if (lines.length < 2 && (cells[0]?.length ?? 0) < 2) return;
    event.preventDefault();
    const isNumber = (cell) => /^[-+−]?(\d+([.,]\d*)?|[.,]\d+)(e[-+]?\d+)?$/i.test(cell);
    const parsed = (cell) => (isNumber(cell) ? Number(cell.replace("−", "-").replace(",", ".")) : cell);
    const values = {};
    if (cells.length > 1 && !cells[0].some(isNumber)) {
      const [x, y] = cells.shift();
      if (x) values["data.x_name"] = x;
      if (y) values["data.y_name"] = y;
    }
    values["data.rows"] = cells.map((row) => row.map(parsed));
    if (this.picked > cells.length) values["data.picked_row"] = cells.length;
    this.sendAll(values, this.rows);
  }
}

// The whole confusion matrix of the leaves, in the tree's order, to zoom into.
const NAMED = 45; // so many rows in view get their own names
const NUMBERED = 25; // and so many their numbers
const DOTTED = 60; // above so many, wrong cells are dots

class LeafMatrix {
  constructor(box) {
    const { tree, cells } = DATA.matrices[box.dataset.matrix];
    this.box = box;
    this.labels = DATA.trees[tree].labels;
    this.groups = DATA.trees[tree].groups.map(([path, depth, start, end]) => ({ path, depth, start, end }));
    this.size = this.labels.length;
    this.root = { path: [], depth: 0, start: 0, end: this.size };
    this.cells = [];
    for (let i = 0; i < cells.length; i += 3) this.cells.push(cells.slice(i, i + 3));
    this.totals = new Array(this.size).fill(0);
    this.wrong = new Array(this.size).fill(0);
    for (const [row, column, n] of this.cells) {
      this.totals[row] += n;
      if (row !== column) this.wrong[row] += n;
    }
    this.build();
    this.draw();
  }

  build() {
    const button = (text, title, run) => {
      const made = make("button", { type: "button", title }, text);
      made.addEventListener("click", run);
      return made;
    };
    this.trail = make("span", { className: "trail" });
    this.chips = make("div", { className: "chips" });
    this.plot = make("div", { className: "plot" });
    this.told = make("p", { className: "told" });
    this.told.setAttribute("aria-live", "polite");
    const bar = make("div", { className: "bar" }, this.trail,
      button("+", "Zoom in", () => this.scale(0.5)),
      button("−", "Zoom out", () => this.scale(2)),
      button("Whole matrix", "Show all categories", () => this.show(this.root, this.root)));
    this.box.replaceChildren(bar, this.chips, this.plot, this.told);
    this.button = button;
  }

  draw() {
    const empty = (value) => Array.from({ length: this.size }, () => new Array(this.size).fill(value));
    const [z, text, tips] = [empty(null), empty(""), empty("")];
    const unit = this.extent() < 500 ? 1.2 : 2;
    const dots = { x: [], y: [], sizes: [], tips: [] };
    for (const [row, column, n] of this.cells) {
      // Right cells are above 0 and wrong ones below it; the root lets small shares be seen.
      const strength = 0.25 + 0.75 * Math.sqrt(n / this.totals[row]);
      z[row][column] = row === column ? strength : -strength;
      text[row][column] = n.toLocaleString("en");
      tips[row][column] = wrapped(plain(this.tell(row, column, n)), 44);
      if (row === column) continue;
      dots.x.push(column);
      dots.y.push(row);
      dots.sizes.push(unit * (2 + Math.sqrt(n)));
      dots.tips.push(tips[row][column]);
    }
    this.view = [this.root, this.root];
    const [good, bad] = [colour("--right"), colour("--wrong")];
    const heat = {
      type: "heatmap", z, text, hovertext: tips, hoverongaps: false, showscale: false,
      hovertemplate: "%{hovertext}<extra></extra>", zmin: -1, zmax: 1, xgap: 0, ygap: 0,
      colorscale: [[0, `rgb(${bad})`], [0.5, colour("--ground")], [1, `rgb(${good})`]],
    };
    // In the whole matrix a cell is a pixel or two, so wrong ones get a dot that can be seen.
    const marks = {
      type: "scatter", mode: "markers", x: dots.x, y: dots.y, text: dots.tips,
      hovertemplate: "%{text}<extra></extra>", showlegend: false,
      marker: { color: `rgba(${bad},0.75)`, size: dots.sizes, line: { width: 0 } },
    };
    const layout = themed({
      ...this.layout(), showlegend: false, hovermode: "closest",
    });
    Plotly.newPlot(this.plot, [heat, marks], layout, { ...CONFIG, doubleClick: false });
    this.plot.on("plotly_relayout", (change) => this.dragged(change));
    this.plot.on("plotly_click", (event) => this.clicked(event.points[0]));
    this.plot.on("plotly_doubleclick", () => this.show(this.root, this.root));
    this.show(this.root, this.root);
  }

  // About how many pixels each side of the matrix will take.
  extent() {
    return Math.min(Math.max(this.box.clientWidth - 140, 200), 760);
  }

  tell(row, column, n) {
    const share = ((100 * n) / this.totals[row]).toFixed(0);
    const label = this.labels[row].join(" › ");
    const of = `${n} of ${this.totals[row]} (${share} %)`;
    return row === column ? `${label}: right, ${of}` : `${label}: ${of} answered as ${this.labels[column].join(" › ")}`;
  }

  // What is in view, as plotly's layout: ranges, names along the sides, lines between groups.
  layout() {
    const [rows, columns] = this.view;
    const axis = (span, reversed) => {
      const range = [span.start - 0.5, span.end - 0.5];
      const ticks = this.ticks(span);
      return {
        range: reversed ? range.reverse() : range, autorange: false,
        showgrid: false, zeroline: false, ticks: "",
        tickmode: "array", tickvals: ticks.map((t) => t.at), ticktext: ticks.map((t) => plain(t.name)),
        tickfont: { size: 11 },
      };
    };
    const [below, left] = [columns, rows].map((span) => {
      return 34 + 6.6 * Math.max(1, ...this.ticks(span).map((tick) => tick.name.length));
    });
    return {
      margin: { l: left, r: 8, t: 8, b: below },
      height: Math.min(this.box.clientWidth - left, 780) + below,
      xaxis: { ...axis(columns, false), tickangle: -90, title: { text: "Answer", standoff: 6 } },
      yaxis: { ...axis(rows, true), title: { text: "Label", standoff: 6 } },
      shapes: this.lines(),
    };
  }

  ticks(span) {
    const room = this.box.clientWidth < 600 ? 16 : 26;
    const short = (name) => (name.length > room ? name.slice(0, room - 1) + "…" : name);
    const length = span.end - span.start;
    const leaves = this.labels.slice(span.start, span.end);
    const most = this.extent() / 13;
    if (length <= Math.min(NAMED, most)) {
      return leaves.map((path, i) => ({ at: span.start + i, name: short(path.at(-1)) }));
    }
    const depths = Math.max(0, ...this.groups.map((group) => group.depth));
    for (let depth = depths; depth > 0; depth--) {
      const inside = this.groups.filter((g) => g.depth === depth && g.end > span.start && g.start < span.end);
      if ((inside.length > most / 1.6 || room < 20) && depth > 1) continue;
      // Names of narrow groups would lie over each other: the widest come first.
      const kept = [];
      const least = (length * 15) / this.extent();
      for (const group of inside.sort((a, b) => (b.end - b.start) - (a.end - a.start))) {
        const at = (Math.max(group.start, span.start) + Math.min(group.end, span.end) - 1) / 2;
        if (kept.every((other) => Math.abs(other.at - at) >= least)) {
          kept.push({ at, name: short(group.path.slice(room > 20 ? -2 : -1).join(" › ")) });
        }
      }
      return kept.sort((a, b) => a.at - b.at);
    }
    return [];
  }

  lines() {
    const shapes = [];
    for (const group of this.groups.filter((g) => g.depth <= 2 && g.start > 0)) {
      const line = { type: "line", layer: "below", line: { width: group.depth === 1 ? 1.2 : 0.5 } };
      const [at, end] = [group.start - 0.5, this.size - 0.5];
      shapes.push({ ...line, x0: at, x1: at, y0: -0.5, y1: end }, { ...line, y0: at, y1: at, x0: -0.5, x1: end });
    }
    return shapes;
  }

  show(rows, columns) {
    this.view = [rows, columns];
    const { xaxis, yaxis, margin, height } = this.layout();
    const change = { margin, height };
    for (const [name, axis] of [["xaxis", xaxis], ["yaxis", yaxis]]) {
      for (const key of ["range", "tickvals", "ticktext"]) change[`${name}.${key}`] = axis[key];
    }
    const most = Math.max(rows.end - rows.start, columns.end - columns.start);
    Plotly.restyle(this.plot, { texttemplate: most <= NUMBERED ? "%{text}" : "" }, [0]);
    Plotly.update(this.plot, { visible: [true, most > DOTTED] }, change);
    this.tellView();
  }

  // The smallest group that both rows and columns in view lie in.
  focus() {
    const [rows, columns] = this.view;
    const start = Math.min(rows.start, columns.start);
    const end = Math.max(rows.end, columns.end);
    const around = this.groups.filter((g) => g.start <= start && g.end >= end);
    return around.sort((a, b) => b.depth - a.depth)[0] ?? this.root;
  }

  tellView() {
    const [rows, columns] = this.view;
    const focus = this.focus();
    this.box.dataset.rows = `${rows.start}-${rows.end}`;
    this.box.dataset.columns = `${columns.start}-${columns.end}`;
    this.trail.replaceChildren();
    const way = [this.root, ...this.groups.filter((g) => g.depth < focus.depth && g.start <= focus.start && g.end >= focus.end)];
    if (focus !== this.root) way.push(focus);
    way.forEach((group, i) => {
      const name = group.path.at(-1) ?? `All ${this.size}`;
      if (i) this.trail.append(" › ");
      this.trail.append(this.button(name, "Zoom to this group", () => this.show(group, group)));
    });
    if (rows.start !== focus.start || rows.end !== focus.end || columns !== rows) {
      this.trail.append(` › ${rows.end - rows.start} × ${columns.end - columns.start}`);
    }
    const below = this.groups.filter((g) => g.depth === focus.depth + 1 && g.start >= focus.start && g.end <= focus.end);
    this.chips.replaceChildren(...below.map((group) => {
      const chip = this.button(group.path.at(-1), `${group.end - group.start} categories`, () => this.show(group, group));
      const wrong = this.wrong.slice(group.start, group.end).reduce((a, b) => a + b, 0);
      if (wrong) chip.append(" ", make("small", {}, `${wrong} wrong`));
      return chip;
    }));
    this.chips.hidden = below.length === 0;
    this.told.textContent = "";
  }

  scale(factor) {
    const scaled = (span) => {
      const length = Math.max(4, Math.min(this.size, Math.round((span.end - span.start) * factor)));
      const middle = (span.start + span.end) / 2;
      const start = Math.max(0, Math.min(this.size - length, Math.round(middle - length / 2)));
      return { start, end: Math.min(this.size, start + length) };
    };
    const [rows, columns] = this.view;
    const next = scaled(rows);
    this.show(next, rows.start === columns.start && rows.end === columns.end ? next : scaled(columns));
  }

  dragged(change) {
    const ends = ["xaxis", "yaxis"].map((name) => [change[`${name}.range[0]`], change[`${name}.range[1]`]]);
    if (ends.flat().some((end) => end === undefined)) return;
    const span = ([a, b]) => {
      const start = Math.max(0, Math.min(this.size - 1, Math.floor(Math.min(a, b) + 0.5)));
      return { start, end: Math.max(start + 1, Math.min(this.size, Math.ceil(Math.max(a, b) + 0.5))) };
    };
    this.show(span(ends[1]), span(ends[0]));
  }

  clicked(point) {
    const [row, column] = [Math.round(point.y), Math.round(point.x)];
    const [rows] = this.view;
    const length = rows.end - rows.start;
    if (length > NAMED) {
      const around = (at, span) => this.groups
        .filter((g) => g.start <= at && g.end > at && g.end - g.start < span.end - span.start)
        .sort((a, b) => a.depth - b.depth)[0] ?? { start: Math.max(0, at - 10), end: Math.min(this.size, at + 11) };
      const next = around(row, rows);
      const beside = around(column, this.view[1]);
      this.show(next, beside.start === next.start && beside.end === next.end ? next : beside);
    }
    const cell = this.cells.find(([r, c]) => r === row && c === column);
    if (!cell) return;
    this.told.textContent = this.tell(row, column, cell[2]) + " ";
    const key = `${this.labels[row].join("\u241e")}\u241f${this.labels[column].join("\u241e")}`;
    const card = all(".pair", document.querySelector("#confused .pane:not([hidden])")).find((pair) => pair.dataset.key === key);
    if (!card) return;
    this.told.append(this.button("See products", "Go to the pair", () => {
      all(".pair.found").forEach((pair) => pair.classList.remove("found"));
      card.classList.add("found");
      card.scrollIntoView({ block: "center" });
    }));
  }
}

whenNear(all("[data-matrix]"), (box) => { box.matrix = new LeafMatrix(box); });
dark.addEventListener("change", () => all("[data-matrix]").forEach((box) => box.matrix?.draw()));

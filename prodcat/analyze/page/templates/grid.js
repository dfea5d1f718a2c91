// Confusion matrices above the leaves: tables with their numbers.
const MANY = 25; // categories, from which on those without mistakes are hidden at first

function drawGrid(box) {
  const { tree, cells } = DATA.matrices[box.dataset.grid];
  const labels = DATA.trees[tree].labels;
  const counts = new Map();
  const totals = new Array(labels.length).fill(0);
  const mistaken = new Set();
  for (let i = 0; i < cells.length; i += 3) {
    const [row, column, n] = cells.slice(i, i + 3);
    counts.set(row * labels.length + column, n);
    totals[row] += n;
    if (row !== column) mistaken.add(row).add(column);
  }
  const everything = labels.map((_, i) => i);
  const some = everything.filter((i) => mistaken.has(i));
  const holder = make("div", { className: "scroll" });
  const build = (kept) => holder.replaceChildren(gridTable(labels, counts, totals, kept));
  box.replaceChildren(holder);
  if (some.length === 0 || some.length === everything.length) return build(everything);
  const tick = make("input", { type: "checkbox", checked: labels.length > MANY });
  const label = make("label", {}, tick, ` only the ${some.length} of ${labels.length} with mistakes`);
  box.prepend(make("p", { className: "tools" }, label));
  tick.addEventListener("change", () => build(tick.checked ? some : everything));
  build(tick.checked ? some : everything);
}

function gridTable(labels, counts, totals, kept) {
  const heading = (path, scope) => {
    const th = make("th", { scope, title: path.join(" › ") });
    const inner = make("span", {}, path.at(-1));
    const above = path.length > 2 && scope === "col" ? [path[0], "…"] : path.slice(0, -1);
    if (above.length) inner.prepend(make("span", { className: "above" }, `${above.join(" › ")} › `));
    th.append(inner);
    return th;
  };
  const corner = make("th", { className: "corner", scope: "col" }, "Label ↓ Answer →");
  const table = make("table", {});
  table.createTHead().append(make("tr", {}, corner, ...kept.map((i) => heading(labels[i], "col"))));
  const body = table.createTBody();
  for (const row of kept) {
    const tr = make("tr", {}, heading(labels[row], "row"));
    for (const column of kept) {
      const n = counts.get(row * labels.length + column);
      const td = make("td", {}, n === undefined ? "" : n.toLocaleString("en"));
      if (n !== undefined) {
        const strength = 0.15 + 0.85 * Math.sqrt(n / totals[row]);
        td.style.background = `rgba(var(${row === column ? "--right" : "--wrong"}), ${strength.toFixed(2)})`;
        td.classList.toggle("strong", strength > 0.6);
        td.title = `${labels[row].join(" › ")}: ${n} of ${totals[row]} answered as ${labels[column].join(" › ")}`;
      }
      tr.append(td);
    }
    body.append(tr);
  }
  return table;
}

whenNear(all("[data-grid]"), drawGrid);

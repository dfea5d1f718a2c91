// Products that were searched for or surrounded: marked on the map, listed, written as CSV.
const AT_ONCE = 40;

class ProductList {
  rows = [];
  written = 0;
  onPick = new Signal();
  onChange = new Signal();

  constructor(catalogue, stage, pictures, filters) {
    Object.assign(this, { catalogue, stage, pictures, filters });
    this.box = byId("list");
    this.entries = byId("entries");
    byId("list-clear").addEventListener("click", () => this.clear());
    byId("list-zoom").addEventListener("click", () => stage.goTo(this.rows));
    byId("list-csv").addEventListener("click", () => this.save());
    this.entries.addEventListener("click", (event) => {
      const row = event.target.closest("button")?.dataset.row;
      if (row) this.onPick.tell(Number(row));
    });
    // What is written further down as one scrolls, so that a list of thousands opens at once.
    const watch = new IntersectionObserver((seen) => {
      if (seen.some((entry) => entry.isIntersecting)) this.writeMore();
    }, { root: byId("list-scroll"), rootMargin: "300px" });
    watch.observe(byId("list-end"));
    filters.onChange.on(() => this.rewrite());
  }

  show(title, rows) {
    this.title = title;
    this.rows = rows;
    this.stage.marked = new Uint8Array(this.catalogue.n);
    for (const row of rows) this.stage.marked[row] = 1;
    this.stage.repaint();
    this.box.hidden = false;
    document.body.classList.add("has-list");
    byId("list-title").textContent = title;
    byId("list-count").textContent = rows.length === 1 ? "1 product" : `${inWords(rows.length)} products`;
    byId("list-csv").disabled = byId("list-zoom").disabled = rows.length === 0;
    this.rewrite();
    byId("list-scroll").scrollTop = 0;
    announce(`${title}: ${byId("list-count").textContent}`);
    this.onChange.tell(rows.length);
  }

  clear() {
    if (this.box.hidden) return;
    this.rows = [];
    this.stage.marked = null;
    this.stage.repaint();
    this.box.hidden = true;
    document.body.classList.remove("has-list");
    this.entries.replaceChildren();
    this.onChange.tell(null);
  }

  rewrite() {
    this.written = 0;
    this.entries.replaceChildren();
    this.writeMore();
  }

  writeMore() {
    const next = this.rows.slice(this.written, this.written + AT_ONCE);
    this.entries.append(...next.map((row) => this.entry(row)));
    this.written += next.length;
  }

  entry(row) {
    const name = this.catalogue.name(row);
    const group = this.filters.groupOf(row);
    const text = make("span", { className: "text" }, make("span", { className: "name", textContent: name }));
    if (group) {
      const swatch = make("span", { className: "swatch" });
      swatch.style.background = group.colour;
      text.append(make("span", { className: "group-name" }, swatch, group.name));
    }
    text.append(make("span", { className: "id", textContent: showable(this.catalogue.id(row)) }));
    const button = make("button", { type: "button" }, this.pictures.canvas(row, name), text);
    button.dataset.row = String(row);
    return make("li", {}, button);
  }

  save() {
    const lines = ["id", ...this.rows.map((row) => csvCell(this.catalogue.id(row)))];
    const link = make("a", {
      href: URL.createObjectURL(new Blob([`${lines.join("\r\n")}\r\n`], { type: "text/csv" })),
      download: "products.csv",
    });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    announce(`Saved ${inWords(this.rows.length)} ids as products.csv`);
  }
}

function csvCell(text) {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

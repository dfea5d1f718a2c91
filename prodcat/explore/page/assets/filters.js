// The legend: what each colour means, how many products it has, and which are shown.
const FIRST_GROUPS = 20;
const SEARCHED_FROM = 12;

class Filters {
  hidden = new Map();
  wanted = "";
  showsAll = false;
  onChange = new Signal();

  constructor(catalogue, stage) {
    this.catalogue = catalogue;
    this.stage = stage;
    this.ranked = new Map();
    this.chooser = byId("colour-by");
    this.field = byId("legend-search");
    this.list = byId("legend");
    if (!catalogue.colourings.length) {
      byId("colours").hidden = true;
      stage.paint(null, toPalette([hexToNumbers(DISTINCT[0])]));
      this.tellCount();
      return;
    }
    catalogue.colourings.forEach((colouring, place) => {
      this.chooser.append(make("option", { value: String(place), textContent: colouring.name }));
    });
    this.chooser.addEventListener("change", () => this.choose(Number(this.chooser.value)));
    this.field.addEventListener("input", () => {
      this.wanted = this.field.value.trim().toLowerCase();
      this.write();
    });
    byId("legend-more").addEventListener("click", () => {
      this.showsAll = !this.showsAll;
      this.write();
    });
    this.list.addEventListener("click", (event) => this.clicked(event));
    this.list.addEventListener("dblclick", (event) => {
      const row = event.target.closest(".group")?.closest("li");
      if (row) this.isolate(Number(row.dataset.code));
    });
    this.choose(0);
  }

  choose(place) {
    this.colouring = this.catalogue.colourings[place];
    this.chooser.value = String(place);
    if (!this.ranked.has(this.colouring)) this.ranked.set(this.colouring, rankGroups(this.colouring));
    this.colours = coloursOf(this.colouring, this.groups);
    this.wanted = this.field.value = "";
    this.showsAll = false;
    this.field.hidden = this.groups.length <= SEARCHED_FROM;
    this.stage.paint(this.colouring, toPalette(this.colours));
    this.write();
    this.onChange.tell();
  }

  get groups() {
    return this.ranked.get(this.colouring);
  }

  get without() {
    return this.colouring.groups.length;
  }

  name(code) {
    return code === this.without ? "(none)" : this.colouring.groups[code] || "(no name)";
  }

  cssColour(code) {
    return `rgb(${this.colours[Math.min(code, this.without)].join(" ")})`;
  }

  // Colour and name of a product's group, for lists.
  groupOf(row) {
    if (!this.colouring) return null;
    const code = Math.min(this.colouring.codes[row], this.without);
    return { name: this.name(code), colour: this.cssColour(code) };
  }

  hiddenOf(colouring) {
    return this.hidden.get(colouring) ?? new Set();
  }

  clicked(event) {
    const row = event.target.closest("li");
    if (!row || !event.target.closest("button")) return;
    const code = Number(row.dataset.code);
    if (event.target.closest(".only")) this.isolate(code);
    else this.toggle(code);
  }

  toggle(code) {
    const hidden = new Set(this.hiddenOf(this.colouring));
    if (!hidden.delete(code)) hidden.add(code);
    this.apply(hidden);
  }

  // Show one group alone; all again, if it was alone already.
  isolate(code) {
    const others = this.groups.map(([other]) => other).filter((other) => other !== code);
    const hidden = this.hiddenOf(this.colouring);
    const wasAlone = !hidden.has(code) && others.every((other) => hidden.has(other));
    this.apply(new Set(wasAlone ? [] : others));
  }

  apply(hidden, colouring = this.colouring) {
    if (hidden.size) this.hidden.set(colouring, hidden);
    else this.hidden.delete(colouring);
    this.stage.visible = this.passing(null);
    this.stage.repaint();
    this.write();
    this.onChange.tell();
  }

  // 1 for each product that passes all filters, but for one of them.
  passing(except) {
    const passing = new Uint8Array(this.catalogue.n).fill(1);
    for (const [colouring, hidden] of this.hidden) {
      if (colouring === except) continue;
      const most = colouring.groups.length;
      const shown = new Uint8Array(most + 1).fill(1);
      for (const code of hidden) shown[code] = 0;
      for (let row = 0; row < passing.length; row++) passing[row] &= shown[Math.min(colouring.codes[row], most)];
    }
    return passing;
  }

  write() {
    const counts = new Uint32Array(this.without + 1);
    const passing = this.passing(this.colouring);
    for (let row = 0; row < passing.length; row++) {
      if (passing[row]) counts[Math.min(this.colouring.codes[row], this.without)]++;
    }
    const found = this.groups.filter(([code]) => this.name(code).toLowerCase().includes(this.wanted));
    const shown = this.showsAll ? found : found.slice(0, FIRST_GROUPS);
    this.show(shown.map(([code]) => code), counts);
    const more = byId("legend-more");
    more.hidden = found.length <= FIRST_GROUPS;
    more.textContent = this.showsAll ? `Show the first ${FIRST_GROUPS}` : `Show all ${inWords(found.length)}`;
    this.writeChips();
    this.tellCount();
  }

  // Entries that stay are kept: one that has the focus keeps it, and a double click is one.
  show(codes, counts) {
    const key = `${this.chooser.value}:${codes.join()}`;
    if (key !== this.key) {
      this.key = key;
      this.entries = new Map(codes.map((code) => [code, this.entry(code)]));
      this.list.replaceChildren(...this.entries.values());
    }
    const hidden = this.hiddenOf(this.colouring);
    for (const [code, entry] of this.entries) {
      entry.querySelector(".group").setAttribute("aria-pressed", String(!hidden.has(code)));
      entry.querySelector(".count").textContent = inWords(counts[code]);
    }
  }

  entry(code) {
    const swatch = make("span", { className: "swatch" });
    swatch.style.background = this.cssColour(code);
    const group = make("button", { className: "group", type: "button", title: this.name(code) },
      swatch, make("span", { className: "label" }, ...leafFirst(this.name(code))),
      make("span", { className: "count" }));
    const only = make("button", { className: "only", type: "button", textContent: "only" });
    only.setAttribute("aria-label", `Show only ${this.name(code)}`);
    const entry = make("li", {}, group, only);
    entry.dataset.code = String(code);
    return entry;
  }

  writeChips() {
    byId("chips").replaceChildren(...[...this.hidden].map(([colouring, hidden]) => {
      const all = this.ranked.get(colouring).length;
      const text = `${colouring.name}: ${inWords(all - hidden.size)} of ${inWords(all)} shown`;
      const chip = make("button", { type: "button", className: "chip", textContent: `${text} ×` });
      chip.setAttribute("aria-label", `${text}. Show all`);
      chip.addEventListener("click", () => this.apply(new Set(), colouring));
      return chip;
    }));
  }

  tellCount() {
    const shown = this.stage.visible.reduce((sum, value) => sum + value, 0);
    const { n } = this.catalogue;
    byId("shown").textContent = shown === n ? `${inWords(n)} products`
      : `${inWords(shown)} of ${inWords(n)} products`;
  }
}

// Of a path the end comes first: it tells paths apart where there is no room for the whole.
function leafFirst(name) {
  const parts = name.split(" > ");
  const leaf = parts.pop();
  return parts.length ? [leaf, make("small", { textContent: ` ${parts.join(" > ")}` })] : [leaf];
}

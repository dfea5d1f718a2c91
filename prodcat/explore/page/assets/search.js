// Search by parts of names and ids.
const SEARCH_WAIT_MS = 150;

class Search {
  constructor(catalogue, stage, list) {
    Object.assign(this, { catalogue, stage, list });
    this.field = byId("search");
    const run = settled(() => this.run(), SEARCH_WAIT_MS);
    this.field.addEventListener("input", run);
    this.field.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.run();
      if (list.rows.length) stage.goTo(list.rows);
    });
    list.onChange.on((count) => {
      if (count === null) this.field.value = "";
    });
  }

  run() {
    const wanted = this.field.value.trim();
    if (!wanted) {
      this.list.clear();
      return;
    }
    this.list.show(`“${showable(wanted, 40)}”`, this.find(wanted));
  }

  // Products whose name or id has all the words, as far as they are not filtered out.
  find(wanted) {
    this.texts ??= Array.from({ length: this.catalogue.n }, (_, row) =>
      `${this.catalogue.name(row)}\n${this.catalogue.id(row)}`.toLowerCase());
    const words = wanted.toLowerCase().split(/\s+/);
    const rows = [];
    this.texts.forEach((text, row) => {
      if (this.stage.visible[row] && words.every((word) => text.includes(word))) rows.push(row);
    });
    return rows;
  }
}

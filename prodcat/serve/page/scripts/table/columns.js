// Which column is what: as it was found, to be corrected by hand, beside the first rows.
import { make, showable } from "../dom.js";
import { RuleControl } from "../rule.js";
import { askJson, tried } from "../service.js";
import { t } from "../words.js";

const FIELDS = ["name", "description", "image", "id"];
const READ = ["name", "description", "image"];
const SHOWN_ROWS = 3;

export class Columns {
  constructor(job, model, actions) {
    Object.assign(this, { job, actions });
    this.found = job.table.columns;
    const chosen = { ...this.found, ...job.options.columns };
    this.fieldOf = new Map(FIELDS.flatMap((field) => (chosen[field] ?? []).map((column) => [column, field])));
    this.columns = [...new Set([...Object.values(this.found).flat(), ...job.table.not_read])];
    this.body = make("tbody");
    const rule = make("div");
    this.rule = new RuleControl(rule, model);
    this.start = make("button", { type: "button", className: "strong", id: "table-start",
      textContent: t(job.state === "ready" ? "table.start" : "table.start_again") });
    this.start.addEventListener("click", () => actions.start(this.options));
    this.lacking = make("p", { className: "bad", role: "status" });
    const away = make("button", { type: "button", textContent: t("table.another") });
    away.addEventListener("click", () => { location.hash = "#table"; });
    const remove = make("button", { type: "button", className: "as-link", textContent: t("table.remove") });
    remove.addEventListener("click", () => actions.remove());
    this.element = make("div", { className: "columns-view" },
      make("h2", { id: "table-title", textContent: showable(job.name || t("table.nameless"), 80) }),
      this.state(),
      make("p", { className: "hint", textContent: t("columns.about") }),
      make("div", { className: "scroll", tabIndex: 0, role: "region", aria: { label: t("columns.title") } },
        make("table", { className: "columns" }, make("thead", {}, make("tr", {},
          make("th", { scope: "col", textContent: t("columns.column") }),
          make("th", { scope: "col", textContent: t("columns.field") }),
          make("th", { scope: "col", colSpan: SHOWN_ROWS, textContent: t("columns.first_rows") }))), this.body)),
      rule, this.lacking, make("div", { className: "buttons" }, this.start, away, remove));
    this.list({});
    this.check();
  }

  // What was before, and what there is to know of the file.
  state() {
    const lines = [];
    if (this.job.state === "cancelled") lines.push(make("p", { textContent: t("table.was_cancelled") }));
    if (this.job.state === "failed") lines.push(make("p", { className: "bad", textContent: showable(this.job.error, 600) }));
    for (const remark of this.job.table.remarks.slice(0, 5)) {
      lines.push(make("p", { className: "hint", textContent: showable(remark, 300) }));
    }
    return make("div", {}, ...lines);
  }

  async shown() {
    const first = await tried(() => askJson(`v1/jobs/${this.job.id}/first-rows`));
    if (first?.rows.length) this.list(first);
  }

  list({ rows = [], columns = [] }) {
    // In the order of the table, where that is known.
    const order = [...columns, ...this.columns.filter((column) => !columns.includes(column))];
    this.body.replaceChildren(...order.filter((column) => this.columns.includes(column)).map((column) => {
      const name = showable(column, 100);
      const select = make("select", { aria: { label: t("columns.is", { column: name }) }, data: { column } },
        make("option", { value: "", textContent: t("columns.unused") }),
        ...FIELDS.map((field) => make("option", { value: field, textContent: t(`part.${field}`) })));
      select.value = this.fieldOf.get(column) ?? "";
      const line = make("tr", { className: select.value ? "" : "unused" },
        make("th", { scope: "row", textContent: name }), make("td", {}, select),
        ...Array.from({ length: SHOWN_ROWS }, (_, place) =>
          make("td", { className: "cell" }, make("span", { textContent: showable(rows[place]?.[column] ?? "", 120) }))));
      select.addEventListener("change", () => {
        // Names and pictures may be in several columns; an id is in one.
        if (select.value === "id") this.only(select);
        if (select.value) this.fieldOf.set(column, select.value);
        else this.fieldOf.delete(column);
        line.className = select.value ? "" : "unused";
        this.check();
      });
      return line;
    }));
  }

  only(chosen) {
    for (const select of this.body.querySelectorAll("select")) {
      if (select === chosen || select.value !== chosen.value) continue;
      select.value = "";
      select.dispatchEvent(new Event("change"));
    }
  }

  columnsOf(field) {
    const now = this.columns.filter((column) => this.fieldOf.get(column) === field);
    const before = this.found[field] ?? [];
    // Several columns of a field keep their order where nothing changed.
    return now.length === before.length && before.every((column) => now.includes(column)) ? before : now;
  }

  get options() {
    const changed = FIELDS.map((field) => [field, this.columnsOf(field)]).filter(([field, columns]) => columns !== this.found[field]);
    return { columns: Object.fromEntries(changed.filter(([field, columns]) => columns.length || this.found[field]?.length)),
      // What this page reads the answers as, so that they are there at once.
      format: "jsonl", ...this.rule.asked };
  }

  check() {
    const something = READ.some((field) => this.columnsOf(field).length);
    this.start.disabled = !something;
    this.lacking.textContent = something ? "" : t("columns.nothing");
  }
}

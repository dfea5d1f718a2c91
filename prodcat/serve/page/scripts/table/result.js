// The answers of a table: counted, filtered, sorted, looked at, taken home.
import { announce, make, save, settled, showable } from "../dom.js";
import { ask, tried } from "../service.js";
import { number, percent, t } from "../words.js";
import { showDetails } from "./details.js";
import { Grid } from "./grid.js";
import { Head, drawRow } from "./lines.js";
import { MOST_ROWS, chosen, countCategories, isSure, readRows } from "./rows.js";
import { Thumbnails } from "./thumbnails.js";

const STATES = ["all", "sure", "doubtful"];

export class Result {
  constructor(job, model, actions) {
    Object.assign(this, { job, actions, rows: [] });
    this.asked = { state: "all", words: "", category: "", by: "number", down: false };
    this.reading = new AbortController();
    const columns = { ...job.table.columns, ...job.options.columns };
    this.thumbnails = columns.image?.length ? new Thumbnails(job.id) : null;
    this.grid = new Grid({ label: t("result.title"), draw: (row) => drawRow(row, this.thumbnails, () => this.details(row)),
      head: new Head(this.asked, Boolean(this.thumbnails), () => this.filter()).element });
    this.element = make("div", { className: "result" },
      make("h2", { id: "table-title", textContent: showable(job.name || t("table.nameless"), 80) }),
      this.summary(), this.takeHome(), this.filters(), this.grid.element);
  }

  summary() {
    const { rows, answered, abstained, errors } = this.job.result;
    const words = [t("result.rows", { n: rows }), t("result.answered", { n: answered, share: percent(rows ? answered / rows : 0) }),
      t("result.doubtful", { n: abstained })];
    const lines = [make("p", { id: "result-counts", textContent: words.join(", ") + "." })];
    const { accuracy, threshold } = this.job.options;
    if (accuracy !== null) lines.push(make("p", { className: "hint", textContent: t("result.by_accuracy", { accuracy: percent(accuracy) }) }));
    if (threshold !== null) lines.push(make("p", { className: "hint", textContent: t("result.by_threshold", { threshold: percent(threshold, 0) }) }));
    if (errors) lines.push(make("p", { className: "bad", textContent: t("result.errors", { n: errors }) }));
    return make("div", {}, ...lines);
  }

  takeHome() {
    const download = (kind) => {
      const button = make("button", { type: "button", className: kind === "xlsx" ? "strong" : "", textContent: t(`result.${kind}`) });
      button.addEventListener("click", async () => {
        button.disabled = true;
        button.textContent = t("result.writing");
        await tried(async () => {
          const response = await ask(`v1/jobs/${this.job.id}/result?format=${kind}`);
          const name = /filename="([^"]+)"/.exec(response.headers.get("content-disposition") ?? "")?.[1] ?? `answers.${kind}`;
          save(await response.blob(), name);
          announce(t("result.saved", { name }));
        });
        button.disabled = false;
        button.textContent = t(`result.${kind}`);
      });
      return button;
    };
    const away = make("button", { type: "button", textContent: t("table.another") });
    away.addEventListener("click", () => { location.hash = "#table"; });
    const remove = make("button", { type: "button", className: "as-link", textContent: t("table.remove") });
    remove.addEventListener("click", () => this.actions.remove());
    return make("div", { className: "buttons" }, download("xlsx"), download("csv"), away, remove);
  }

  filters() {
    this.tabs = STATES.map((state) => {
      const button = make("button", { type: "button", data: { state } });
      button.addEventListener("click", () => {
        this.asked.state = state;
        this.filter();
      });
      return button;
    });
    const words = make("input", { type: "search", id: "result-words", autocomplete: "off" });
    words.addEventListener("input", settled(() => {
      this.asked.words = words.value;
      this.filter();
    }, 150));
    this.categories = make("select", { id: "result-category" });
    this.categories.addEventListener("change", () => {
      this.asked.category = this.categories.value;
      this.filter();
    });
    this.count = make("p", { className: "hint", id: "result-shown", role: "status" });
    return make("div", { className: "filters" },
      make("div", { className: "states", role: "group", aria: { label: t("result.state") } }, ...this.tabs),
      make("div", { className: "field" }, make("label", { htmlFor: words.id, textContent: t("result.words") }), words),
      make("div", { className: "field" }, make("label", { htmlFor: this.categories.id, textContent: t("result.category") }), this.categories),
      this.count);
  }

  async shown() {
    this.count.textContent = t("result.reading");
    const rows = await tried(() => readRows(this.job, (n) => { this.count.textContent = t("result.read", { n }); }, this.reading.signal));
    if (!rows) return;
    this.rows = rows;
    this.categories.replaceChildren(make("option", { value: "", textContent: t("result.any") }),
      ...countCategories(rows).map(([path, n]) => make("option", { value: path, textContent: `${showable(path.replaceAll(" > ", " › "), 120)} (${number(n)})` })));
    this.filter();
  }

  filter() {
    const sure = this.rows.filter(isSure).length;
    const counts = { all: this.rows.length, sure, doubtful: this.rows.length - sure };
    for (const tab of this.tabs) {
      const { state } = tab.dataset;
      tab.textContent = t(`result.tab_${state}`, { n: number(counts[state]) });
      tab.setAttribute("aria-pressed", String(state === this.asked.state));
    }
    const found = chosen(this.rows, this.asked);
    this.grid.set(found);
    const whole = this.job.result.rows;
    this.count.textContent = t("result.shown", { n: found.length })
      + (whole > MOST_ROWS ? ` ${t("result.cut", { n: MOST_ROWS })}` : "");
  }

  details(row) {
    showDetails(row, this.thumbnails, () => this.actions.toTry({ name: row.name, description: row.description }));
  }

  close() {
    this.reading.abort();
    this.grid.close();
    this.thumbnails?.close();
  }
}

// Where a table is brought in: dropped or chosen, or one that is there already.
import { make, showable } from "../dom.js";
import { readExamples, pictureOf } from "../try/examples.js";
import { askJson, tried } from "../service.js";
import { bytes, moment, t } from "../words.js";

const KINDS = ".csv,.tsv,.txt,.xlsx,.ods,.json,.jsonl,.ndjson,.parquet,.arrow,.feather,.gz,.zip";

export class BringIn {
  constructor(model, onFile, onRemove, problem = "") {
    this.onRemove = onRemove;
    this.onFile = onFile;
    const input = make("input", { type: "file", accept: KINDS, hidden: true, id: "table-file" });
    input.addEventListener("change", () => { if (input.files[0]) onFile(input.files[0]); });
    const choose = make("button", { type: "button", className: "strong", textContent: t("table.choose") });
    choose.addEventListener("click", () => input.click());
    const example = make("button", { type: "button", textContent: t("table.example") });
    example.addEventListener("click", async () => onFile(await exampleTable()));
    this.zone = make("div", { className: "drop", id: "table-drop" },
      make("p", { className: "big", textContent: t("table.drop") }),
      make("p", { className: "hint", textContent: t("table.kinds", { limit: bytes(model.limits.table_bytes) }) }),
      make("div", { className: "buttons" }, choose, example), input);
    this.earlier = make("div");
    this.element = make("div", {},
      make("h2", { id: "table-title", textContent: t("view.table") }),
      problem ? make("p", { className: "bad problem", role: "alert", textContent: problem }) : null,
      this.zone, this.earlier);
    this.listening = new AbortController();
    this.listen(this.listening.signal);
  }

  listen(signal) {
    const isOpen = () => this.element.offsetParent !== null;
    addEventListener("dragover", (event) => {
      if (!isOpen() || !event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      this.zone.classList.add("over");
    }, { signal });
    addEventListener("dragleave", (event) => { if (!event.relatedTarget) this.zone.classList.remove("over"); }, { signal });
    addEventListener("drop", (event) => {
      this.zone.classList.remove("over");
      if (!isOpen() || !event.dataTransfer.files.length) return;
      event.preventDefault();
      this.onFile(event.dataTransfer.files[0]);
    }, { signal });
  }

  close() {
    this.listening.abort();
  }

  async shown() {
    const found = await tried(() => askJson("v1/jobs"));
    const jobs = (found?.jobs ?? []).reverse();
    if (!jobs.length) {
      this.earlier.replaceChildren();
      return;
    }
    this.earlier.replaceChildren(make("h3", { textContent: t("table.earlier") }),
      make("ul", { className: "earlier" }, ...jobs.map((job) => this.line(job))));
  }

  line(job) {
    const name = showable(job.name || t("table.nameless"), 80);
    const remove = make("button", { type: "button", className: "as-link", textContent: t("table.remove"),
      aria: { label: t("table.remove_named", { name }) } });
    remove.addEventListener("click", () => tried(async () => {
      await this.onRemove(job);
      await this.shown();
    }));
    return make("li", {}, make("a", { href: `#table/${job.id}`, textContent: name }),
      make("span", { className: "hint", textContent: `${t(`state.${job.state}`)}, ${moment(job.created)}` }), remove);
  }
}

// The examples as a table such as a shop might have, with its pictures in cells.
async function exampleTable() {
  const cell = (text) => `"${(text ?? "").replaceAll('"', '""')}"`;
  const lines = [["ref", "title", "text", "photo"]];
  for (const example of await readExamples()) {
    const picture = await pictureOf(example);
    lines.push([example.id, example.name, example.description, picture ? await asDataUri(picture) : ""]);
  }
  return new File([lines.map((line) => line.map(cell).join(",")).join("\r\n")], "examples.csv", { type: "text/csv" });
}

function asDataUri(blob) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => done(reader.result));
    reader.addEventListener("error", () => failed(reader.error));
    reader.readAsDataURL(blob);
  });
}

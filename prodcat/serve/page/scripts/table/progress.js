// How far a table is.
import { announce, make, showable } from "../dom.js";
import { duration, number, percent, t } from "../words.js";

const EVERY_S = 10;

export class Progress {
  constructor(job, { cancel = null, title = null }) {
    this.began = null;
    this.spokenAt = performance.now();
    this.bar = make("progress", { max: 1, aria: { label: t("table.progress") } });
    this.said = make("p", { id: "table-progress" });
    this.title = make("h2", { id: "table-title", textContent: showable(job.name || t("table.nameless"), 80) });
    this.stop = make("button", { type: "button", textContent: t("table.cancel"), hidden: cancel === null });
    this.stop.addEventListener("click", () => {
      this.stop.disabled = true;
      cancel();
    });
    this.element = make("div", { className: "panel" }, this.title, this.bar, this.said, make("div", { className: "buttons" }, this.stop));
    if (title) this.said.textContent = title;
    else this.update(job);
  }

  update(job) {
    this.stop.hidden = job.state === "reading";
    const { done_rows: done, total_rows: total } = job;
    if (job.state !== "running" || !done) {
      this.bar.removeAttribute("value");
      this.said.textContent = t(`state.${job.state}_now`);
      return;
    }
    // Rows of an earlier run were not answered now.
    this.began ??= { at: performance.now(), done };
    const speed = (done - this.began.done) / ((performance.now() - this.began.at) / 1000);
    const words = [];
    if (total) {
      this.bar.value = done / total;
      words.push(t("table.rows_of", { done, total, share: percent(Math.floor((100 * done) / total) / 100, 0) }));
    } else words.push(t("table.rows", { n: done }));
    if (speed > 0 && Number.isFinite(speed)) {
      words.push(t("table.speed", { n: number(speed, speed < 10 ? 1 : 0) }));
      if (total > done) words.push(t("table.left", { time: duration(Math.max(1, (total - done) / speed)) }));
    }
    this.said.textContent = words.join(", ");
    if (performance.now() - this.spokenAt > 1000 * EVERY_S) {
      this.spokenAt = performance.now();
      announce(words[0]);
    }
  }
}

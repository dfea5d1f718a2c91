// A table: brought in, its columns said, answered, looked through, taken home.
import { announce, showable } from "../dom.js";
import { inWords } from "../problems.js";
import { Problem, ask, askJson, tried } from "../service.js";
import { number, onLanguage, t } from "../words.js";
import { BringIn } from "./bring.js";
import { Columns } from "./columns.js";
import { follow } from "./follow.js";
import { Progress } from "./progress.js";
import { Result } from "./result.js";

const MOVING = ["reading", "queued", "running"];

export class TableView {
  constructor(place, model, toTry) {
    Object.assign(this, { place, model, toTry, job: null, part: null, following: null });
    onLanguage(() => this.show(this.job?.id ?? "", true));
  }

  // Show the job of an address; none is the place to bring one in.
  async show(id, anew = false) {
    if (id === (this.job?.id ?? "") && this.part && !anew) return;
    this.stop();
    if (!/^[0-9a-f]{32}$/.test(id)) {
      this.job = null;
      this.set(new BringIn(this.model, (file) => this.bring(file), (job) => this.remove(job)));
      return;
    }
    try {
      this.update(await askJson(`v1/jobs/${id}`));
    } catch (error) {
      if (!(error instanceof Problem)) return;
      this.job = null;
      location.hash = "#table";
      this.set(new BringIn(this.model, (file) => this.bring(file), (job) => this.remove(job), inWords(error)));
    }
  }

  set(part) {
    this.part?.close?.();
    this.part = part;
    this.place.replaceChildren(part.element);
    part.shown?.();
  }

  async bring(file) {
    this.stop();
    if (file.size > this.model.limits.table_bytes) {
      this.fail(t("table.too_large", { limit: number(this.model.limits.table_bytes / (1 << 20)) }));
      return;
    }
    this.set(new Progress({ name: file.name, state: "reading" }, { title: t("table.sending") }));
    try {
      const headers = { "Content-Type": "application/octet-stream" };
      const response = await ask(`v1/jobs?name=${encodeURIComponent(file.name)}`, { body: file, headers });
      const job = await response.json();
      this.update(job);
      history.replaceState(null, "", `#table/${job.id}`);
    } catch (error) {
      this.fail(error instanceof Problem ? inWords(error) : t("table.not_sent"));
    }
  }

  fail(text) {
    this.job = null;
    this.set(new BringIn(this.model, (file) => this.bring(file), (job) => this.remove(job), text));
    announce(text);
  }

  // Show a job as it is now, and follow it while it changes by itself.
  update(job) {
    const before = this.job;
    this.job = job;
    if (MOVING.includes(job.state)) {
      if (this.part instanceof Progress && before) this.part.update(job);
      else this.set(new Progress(job, { cancel: () => this.cancel() }));
      if (!this.following) this.follow(job.id);
    } else if (job.state === "done") this.set(new Result(job, this.model, this.actions));
    else if (job.table) this.set(new Columns(job, this.model, this.actions));
    else this.fail(showable(job.error ?? t("table.unread"), 600));
  }

  get actions() {
    return {
      start: (options) => this.start(options),
      remove: () => tried(async () => {
        await this.remove(this.job);
        location.hash = "#table";
      }),
      toTry: this.toTry,
    };
  }

  async follow(id) {
    this.following = new AbortController();
    const { signal } = this.following;
    await follow(id, (job) => { if (!signal.aborted) this.update(job); }, signal);
    if (!signal.aborted) this.following = null;
  }

  stop() {
    this.following?.abort();
    this.following = null;
  }

  async start(options) {
    await tried(async () => {
      const job = await askJson(`v1/jobs/${this.job.id}/start`, options);
      announce(t("table.started"));
      this.update(job);
    });
  }

  async cancel() {
    await tried(async () => {
      const job = await askJson(`v1/jobs/${this.job.id}/cancel`, {});
      this.stop();
      this.update(job);
      announce(t("table.cancelled"));
    });
  }

  remove(job) {
    return ask(`v1/jobs/${job.id}`, { method: "DELETE" });
  }
}

// What was decided and is not answered yet: sent one after the other, again and again until it is
// heard. The service takes the same twice for once.
import { notice } from "../problems.js";
import { askJson, Problem } from "../service.js";
import { t } from "../words.js";

const KEPT = "prodcat.review.outbox";
const FIRST_MS = 250;
const LONGEST_MS = 2000;

const pause = (wait_ms) => new Promise((done) => { setTimeout(done, wait_ms); });

function read(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name)) ?? [];
  } catch {
    return [];
  }
}

export class Outbox extends EventTarget {
  constructor() {
    super();
    this.waiting = read(KEPT);
    // Numbers of what was done here, to know what an undo means.
    this.done = read(`${KEPT}.done`);
    this.sending = null;
    this.send();
  }

  // Products on which something is on its way.
  get products() {
    return this.waiting.filter(({ path }) => path === "decide").flatMap(({ body }) => [body.product, ...body.alike]);
  }

  decide(body) {
    this.add({ path: "decide", body });
  }

  undo(who) {
    this.add({ path: "undo", body: { who } });
  }

  add(entry) {
    this.waiting.push(entry);
    this.keep();
    this.send();
  }

  send() {
    this.sending ??= this.sendAll().finally(() => { this.sending = null; });
    return this.sending;
  }

  async sendAll() {
    while (this.waiting.length) {
      const [entry] = this.waiting;
      let answer = null;
      let problem = null;
      for (let wait_ms = FIRST_MS; answer === null && problem === null; wait_ms = Math.min(LONGEST_MS, 2 * wait_ms)) {
        try {
          if (entry.path === "undo" && !("action" in entry.body)) await this.name(entry);
          answer = await askJson(`v1/review/${entry.path}`, entry.body);
        } catch (error) {
          const passing = error instanceof Problem ? error.details.status >= 500 || error.details.status === 429 : error instanceof TypeError;
          if (passing) await pause(wait_ms);
          else if (error instanceof Problem) problem = error;
          else throw error;
        }
      }
      this.waiting.shift();
      if (answer && entry.path === "decide") this.done.push(answer.id);
      this.keep();
      this.dispatchEvent(new CustomEvent("answered", { detail: { entry, answer, problem } }));
      if (problem?.kind === "decided-meanwhile") notice(t("review.decided_meanwhile"));
      else if (problem) notice(problem.message);
    }
  }

  // Say which action an undo means before it is sent, so that said twice it takes back one.
  async name(entry) {
    let action = this.done.pop() ?? null;
    if (action === null) {
      action = (await askJson(`v1/review/progress?${new URLSearchParams({ who: entry.body.who })}`)).last;
    }
    entry.body.action = action;
    this.keep();
  }

  keep() {
    try {
      sessionStorage.setItem(KEPT, JSON.stringify(this.waiting));
      sessionStorage.setItem(`${KEPT}.done`, JSON.stringify(this.done.slice(-500)));
    } catch {
      // A browser that keeps nothing.
    }
    this.dispatchEvent(new Event("changed"));
  }
}

// Try a product: what is given, and the answer first, then why, then what is similar.
import { announce, byId } from "../dom.js";
import { clearNotice, tellProblem } from "../problems.js";
import { RuleControl } from "../rule.js";
import { Problem, ask, formOf } from "../service.js";
import { onLanguage, t } from "../words.js";
import { spokenAnswer, showAnswer } from "./answer.js";
import { showExamples } from "./examples.js";
import { Picture } from "./picture.js";
import { showSimilar } from "./similar.js";
import { showWhy } from "./why.js";

export class TryView {
  constructor(model, toTable) {
    this.model = model;
    this.running = null;
    this.shown = null;
    this.picture = new Picture(model.limits, toTable, () => !byId("try").hidden);
    this.rule = new RuleControl(byId("try-rule"), model, () => { if (this.shown) this.ask(); });
    byId("product").addEventListener("submit", (event) => {
      event.preventDefault();
      this.ask();
    });
    byId("clear").addEventListener("click", () => this.clear());
    byId("description").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.ask();
    });
    showExamples((product) => {
      this.fill(product);
      this.ask();
    });
    onLanguage(() => { if (this.shown) this.render(); });
  }

  get product() {
    return { name: byId("name").value.trim(), description: byId("description").value.trim(), image: this.picture.file };
  }

  fill({ name = "", description = "", image = null }) {
    byId("name").value = name ?? "";
    byId("description").value = description ?? "";
    this.picture.set(image);
  }

  clear() {
    this.running?.abort();
    this.fill({});
    this.shown = null;
    for (const part of ["answer", "why", "similar"]) byId(part).hidden = true;
    byId("answer-empty").hidden = false;
    byId("name").focus();
  }

  async ask() {
    const product = this.product;
    if (!product.name && !product.description && !product.image) {
      announce(t("try.nothing"));
      byId("answer-empty").querySelector("p").textContent = t("try.nothing");
      byId("name").focus();
      return;
    }
    // A newer request cancels the older, with all that was to follow it.
    this.running?.abort();
    const { signal } = (this.running = new AbortController());
    const shown = { product, why: null, similar: null, failed: {} };
    byId("answers").setAttribute("aria-busy", "true");
    clearNotice();
    try {
      const began = performance.now();
      const response = await ask("v1/predict", { body: formOf(product, { ...this.rule.asked, levels: true }), signal });
      const answered = await response.json();
      shown.answer = answered.answers[0];
      shown.seconds = answered.seconds;
      shown.wholeSeconds = (performance.now() - began) / 1000;
      this.shown = shown;
      this.render();
      announce(spokenAnswer(shown.answer));
      // Where the answer is below what was given, it would come unseen.
      if (matchMedia("(max-width: 800px)").matches) byId("answer").scrollIntoView({ block: "start" });
      if (shown.answer.used.length) await this.follow(shown, signal);
    } catch (error) {
      if (error.name === "AbortError") return;
      this.giveUp();
      if (error instanceof Problem) tellProblem(error);
      else if (!(error instanceof TypeError)) throw error;
    } finally {
      if (!signal.aborted) byId("answers").setAttribute("aria-busy", "false");
    }
  }

  // What takes longer comes when it comes, each by itself.
  async follow(shown, signal) {
    const bring = async (part, path, more) => {
      try {
        shown[part] = await (await ask(path, { body: formOf(shown.product, more), signal })).json();
      } catch (error) {
        if (error.name === "AbortError") return;
        if (error instanceof Problem) shown.failed[part] = error;
        else {
          this.giveUp();
          return;
        }
      }
      if (!signal.aborted) this.renderPart(part);
    };
    const all = [bring("why", "v1/explain", this.rule.asked)];
    if (this.model.similar) all.push(bring("similar", "v1/similar", { k: 6 }));
    await Promise.all(all);
  }

  // What was to follow an answer and does not come any more is not waited for.
  giveUp() {
    for (const part of ["why", "similar"]) {
      if (this.shown && this.shown[part] === null && !this.shown.failed[part]) byId(part).hidden = true;
    }
  }

  render() {
    byId("answer-empty").hidden = true;
    byId("answer-empty").querySelector("p").textContent = t("try.empty");
    showAnswer(byId("answer"), this.shown);
    this.renderPart("why");
    this.renderPart("similar");
  }

  renderPart(part) {
    if (part === "why") showWhy(byId("why"), this.shown);
    else showSimilar(byId("similar"), this.shown, this.model.similar);
  }
}

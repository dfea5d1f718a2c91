// When to answer: how often answers shall be right, or a least probability.
import { make, settled } from "./dom.js";
import { number, onLanguage, percent, t } from "./words.js";

const LOWEST = 0.8;
const STEPS = [...Array.from({ length: 39 }, (_, step) => Math.round((LOWEST + step / 200) * 1000) / 1000), 0.995, 0.998, 0.999];
const EVERYTHING = ["name+description+image", "name+description", "name+image", "name", "description+image", "description", "image"];

// What is promised at an accuracy for products with these parts; the model's richest by default.
export function promiseAt(promises, accuracy, parts = null) {
  const pattern = promises[parts] ?? promises[EVERYTHING.find((name) => promises[name])] ?? Object.values(promises)[0] ?? [];
  return pattern.find((point) => Math.abs(point.accuracy - accuracy) < 1e-6) ?? null;
}

// What a promise says, such as "At 98 % accuracy 97 of 100 products pass."
export function promiseInWords(point, accuracy) {
  if (point === null || point.answered === null) return "";
  if (point.threshold === null || point.answered === 0) return t("promise.none", { accuracy: percent(accuracy) });
  const passing = Math.floor(point.answered * 100);
  return t("promise.passes", { accuracy: percent(accuracy), n: passing === 0 ? t("promise.below_one") : number(passing) });
}

let made = 0;

// The control; `onChange` is called after it was moved.
export class RuleControl {
  constructor(place, model, onChange = () => {}) {
    this.model = model;
    this.way = "accuracy";
    this.accuracy = STEPS.find((step) => Math.abs(step - (model.facts.default_accuracy ?? 0.98)) < 1e-6) ?? 0.98;
    this.threshold = 0.8;
    this.id = `rule-${++made}`;
    this.told = settled(() => onChange(), 300);
    this.place = place;
    this.build();
    onLanguage(() => this.build());
  }

  get asked() {
    return this.way === "accuracy" ? { accuracy: this.accuracy } : { threshold: this.threshold };
  }

  build() {
    const ways = ["accuracy", "threshold"].map((way) => {
      const input = make("input", { type: "radio", name: this.id, value: way, checked: way === this.way });
      input.addEventListener("change", () => {
        this.way = way;
        this.build();
        this.place.querySelector("input:checked").focus();
        this.told();
      });
      return make("label", { className: "way" }, input, t(`rule.${way}`));
    });
    this.slider = make("input", { type: "range", id: this.id, min: 0 });
    this.slider.max = this.way === "accuracy" ? STEPS.length - 1 : 100;
    this.slider.value = this.way === "accuracy" ? STEPS.indexOf(this.accuracy) : Math.round(this.threshold * 100);
    this.output = make("output", { htmlFor: this.id });
    this.said = make("p", { className: "hint", id: `${this.id}-said` });
    this.slider.setAttribute("aria-describedby", this.said.id);
    this.slider.addEventListener("input", () => {
      if (this.way === "accuracy") this.accuracy = STEPS[Number(this.slider.value)];
      else this.threshold = Number(this.slider.value) / 100;
      this.tell();
      this.told();
    });
    this.place.replaceChildren(make("fieldset", { className: "rule" },
      make("legend", { textContent: t("rule.title") }),
      make("div", { className: "ways" }, ...ways),
      make("label", { className: "unseen", htmlFor: this.id, textContent: t(`rule.${this.way}`) }),
      make("div", { className: "slide" }, this.slider, this.output),
      this.said));
    this.tell();
  }

  tell() {
    const value = this.way === "accuracy" ? percent(this.accuracy) : percent(this.threshold, 0);
    this.output.textContent = value;
    this.slider.setAttribute("aria-valuetext", value);
    this.said.textContent = this.way === "accuracy"
      ? promiseInWords(promiseAt(this.model.promises, this.accuracy), this.accuracy)
      : t("rule.threshold_said");
  }
}

export { EVERYTHING, STEPS };

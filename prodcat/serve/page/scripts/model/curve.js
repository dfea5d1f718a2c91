// The promise as a curve that one can move: the more accuracy, the fewer pass.
import { bar, draw, make } from "../dom.js";
import { EVERYTHING, STEPS, promiseAt, promiseInWords } from "../rule.js";
import { percent, t } from "../words.js";

const WIDTH = 560;
const HEIGHT = 240;
const [LEFT, RIGHT, TOP, BOTTOM] = [46, 26, 12, 34];
const TICKS = [0.8, 0.85, 0.9, 0.95, 1];
const SHARES = [0, 0.25, 0.5, 0.75, 1];

const x = (accuracy) => LEFT + ((accuracy - 0.8) / 0.2) * (WIDTH - LEFT - RIGHT);
const y = (share) => TOP + (1 - share) * (HEIGHT - TOP - BOTTOM);

export class PromiseCurve {
  constructor(model) {
    this.model = model;
    this.patterns = EVERYTHING.filter((name) => model.promises[name]?.length);
    this.parts = this.patterns[0];
    this.accuracy = STEPS.find((step) => Math.abs(step - (model.facts.default_accuracy ?? 0.98)) < 1e-6) ?? 0.98;
    this.chart = make("div", { className: "chart" });
    this.said = make("p", { className: "big", id: "promise-said", role: "status" });
    this.weak = make("div");
    this.slider = make("input", { type: "range", id: "promise-slider", min: 0, max: STEPS.length - 1 });
    this.slider.value = STEPS.indexOf(this.accuracy);
    this.slider.addEventListener("input", () => {
      this.accuracy = STEPS[Number(this.slider.value)];
      this.draw();
    });
    this.choice = make("select", { id: "promise-parts" }, ...this.patterns.map((name) =>
      make("option", { value: name, textContent: inWords(name) })));
    this.choice.addEventListener("change", () => {
      this.parts = this.choice.value;
      this.draw();
    });
  }

  get elements() {
    const title = make("h3", { id: "promise-title", textContent: t("promise.title") });
    if (!this.patterns.length) return [title, make("p", { className: "hint", textContent: t("promise.unknown") })];
    return [title, this.said, this.chart,
      make("div", { className: "field" }, make("label", { htmlFor: "promise-slider", textContent: t("promise.accuracy") }), this.slider),
      make("div", { className: "field" }, make("label", { htmlFor: "promise-parts", textContent: t("promise.of") }), this.choice),
      make("p", { className: "hint", textContent: t("promise.about", { confidence: percent(this.model.facts.confidence ?? 0.95) }) }),
      make("h3", { textContent: t("promise.weak") }), this.weak];
  }

  draw() {
    if (!this.patterns.length) return;
    const point = promiseAt(this.model.promises, this.accuracy, this.parts);
    this.said.textContent = promiseInWords(point, this.accuracy) || t("promise.unknown");
    this.slider.setAttribute("aria-valuetext", percent(this.accuracy));
    this.chart.replaceChildren(this.curve(point));
    this.weak.replaceChildren(this.byParts());
  }

  curve(point) {
    const points = this.model.promises[this.parts].filter(({ answered }) => answered !== null);
    const line = points.map(({ accuracy, answered }, place) => {
      // What passes stays the same up to the next accuracy that is promised.
      const before = place ? `H${x(accuracy).toFixed(1)}` : `M${x(accuracy).toFixed(1)},${y(answered).toFixed(1)}`;
      return `${before}V${y(answered).toFixed(1)}`;
    }).join("");
    const svg = draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": t("promise.chart") });
    for (const share of SHARES) {
      svg.append(draw("line", { class: "grid-line", x1: LEFT, x2: WIDTH - RIGHT, y1: y(share), y2: y(share) }),
        draw("text", { x: LEFT - 8, y: y(share) + 4, "text-anchor": "end" }, percent(share, 0)));
    }
    for (const accuracy of TICKS) {
      svg.append(draw("text", { x: x(accuracy), y: HEIGHT - BOTTOM + 18, "text-anchor": "middle" }, percent(accuracy, 0)));
    }
    svg.append(draw("path", { class: "curve", d: line }));
    if (point && point.answered !== null) {
      svg.append(draw("line", { class: "here", x1: x(this.accuracy), x2: x(this.accuracy), y1: y(0), y2: y(point.answered) }),
        draw("circle", { class: "dot", cx: x(this.accuracy), cy: y(point.answered), r: 6 }));
    }
    return svg;
  }

  // Where it is weak: what passes of products that lack parts, at the same accuracy.
  byParts() {
    return make("ul", { className: "by-parts" }, ...this.patterns.map((name) => {
      const share = promiseAt(this.model.promises, this.accuracy, name)?.answered ?? null;
      return make("li", {}, make("span", { textContent: inWords(name) }), bar(share ?? 0, { kind: share ? "sure" : "" }),
        make("span", { className: "number", textContent: share === null ? "–" : percent(share) }));
    }));
  }
}

const inWords = (name) => name.split("+").map((part) => t(`part.${part}`)).join(" + ");

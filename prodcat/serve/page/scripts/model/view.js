// The model: what it is, what it promises, where it is weak, what it can answer with, its card.
import { make, showable } from "../dom.js";
import { bytes, number, onLanguage, percent, t } from "../words.js";
import { PromiseCurve } from "./curve.js";
import { cardSections } from "./markdown.js";
import { CategoryTree } from "./tree.js";

const OPEN = 3;

const heading = (id, key) => make("h3", { id, textContent: t(key) });

const panel = (id, ...content) => make("section", { className: "panel", aria: { labelledby: id } }, ...content);

export class ModelView {
  constructor(place, model) {
    Object.assign(this, { place, model });
    onLanguage(() => this.build());
    this.build();
  }

  show() {
    this.curve.draw();
  }

  build() {
    this.curve = new PromiseCurve(this.model);
    this.place.replaceChildren(
      make("h2", { id: "model-title", textContent: t("view.model") }),
      make("div", { className: "model-grid" },
        make("div", { className: "column" },
          panel("promise-title", ...this.curve.elements),
          panel("tree-title", heading("tree-title", "model.tree"), new CategoryTree().element)),
        make("div", { className: "column" },
          panel("facts-title", heading("facts-title", "model.facts"), this.facts()),
          panel("card-title", heading("card-title", "model.card"), ...this.card()))));
    this.curve.draw();
  }

  facts() {
    const { facts, fingerprint, reads } = this.model;
    const rows = [
      ["model.name", facts.name],
      ["model.fingerprint", make("code", { textContent: fingerprint.slice(0, 12), title: fingerprint })],
      ["model.categories", number(facts.categories)],
      ["model.reads", reads.map((part) => t(`part.${part}`)).join(", ")],
      ["model.text", facts.text ? facts.text.encoder : t("model.without")],
      ["model.image", facts.image ? `${facts.image.encoder}, ${facts.image.width} × ${facts.image.height}` : t("model.without")],
      ["model.default", percent(facts.default_accuracy)],
      ["model.confidence", percent(facts.confidence)],
      ["model.size", bytes(facts.total_bytes)],
      ["model.version", facts.prodcat],
    ];
    const shown = rows.filter(([, value]) => value !== null && value !== undefined);
    return make("dl", { className: "facts" }, ...shown.flatMap(([key, value]) =>
      [make("dt", { textContent: t(key) }), make("dd", {}, typeof value === "string" ? showable(value, 200) : value)]));
  }

  card() {
    if (!this.model.card) return [make("p", { className: "hint", textContent: t("model.no_card") })];
    return cardSections(this.model.card).map(({ title, content }, place) =>
      make("details", { open: place < OPEN }, make("summary", { textContent: title || t("model.about") }), make("div", { className: "card-text", lang: "en" }, ...content)));
  }
}

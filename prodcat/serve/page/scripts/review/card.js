// A card: the product large, its label beside the suggestion, and products of both.
import { bar, make, showable } from "../dom.js";
import { inOneLine, pathOf } from "../paths.js";
import { percent, t } from "../words.js";

const NAME = 300;
const DESCRIPTION = 4000;

export function showCard(place, card) {
  const { data } = card;
  const picture = make("div", { className: "large" });
  if (card.image) {
    card.image.alt = t("review.picture", { name: nameOf(data) });
    picture.append(card.image);
  } else picture.append(make("p", { className: "hint", textContent: t("review.no_picture") }));
  const texts = make("div", { className: "marked", id: "card-texts" });
  showTexts(texts, data);
  place.replaceChildren(
    picture,
    make("div", { className: "about" },
      make("h2", { id: "card-name", textContent: nameOf(data) }),
      ...[data.reason, ...data.further].map((reason) => make("p", { className: "reason", textContent: showable(reason, 400) })),
      make("div", { className: "places" },
        side("label", data.label, null, data.of_label, card),
        side("suggestion", data.suggestion, data.probability, data.of_suggestion, card)),
      texts),
  );
  place.dataset.product = data.product;
  place.hidden = false;
  place.setAttribute("aria-busy", "false");
}

export const nameOf = (data) => showable(data.name, NAME) || t("similar.no_name");

// What a screen reader is told of a new card.
export function spoken(data) {
  const parts = [nameOf(data), showable(data.reason, 400)];
  parts.push(data.label ? t("review.label_is", { path: inOneLine(data.label.path) }) : t("review.no_label"));
  if (data.suggestion) parts.push(t("review.suggestion_is", { path: inOneLine(data.suggestion.path) }));
  return parts.map((part) => part.replace(/\.$/, "")).join(". ");
}

// The texts as they are, before it is known which words mattered.
function showTexts(place, data) {
  if (!data.description) return;
  place.append(make("p", {}, make("span", { className: "label", textContent: t("part.description") }),
    showable(data.description, DESCRIPTION)));
}

function side(kind, category, probability, products, card) {
  const whole = make("section", { className: "side", aria: { labelledby: `side-${kind}` } },
    make("h3", { id: `side-${kind}`, textContent: t(`review.${kind}`) }));
  if (!category) whole.append(make("p", { className: "hint", textContent: t(`review.no_${kind}`) }));
  else whole.append(make("p", {}, pathOf(category.path)));
  if (category && !category.in_tree) whole.append(make("p", { className: "bad", textContent: t("review.not_in_tree") }));
  if (category && probability !== null) {
    whole.append(make("p", { className: "sure" }, bar(probability), make("span", { className: "number", textContent: percent(probability) })));
  }
  if (products.length) {
    whole.append(make("ul", { className: "likes", aria: { label: t("review.products_of", { path: inOneLine(category.path) }) } },
      ...products.map((one) => like(one, card))));
  }
  return whole;
}

// A small product; its picture comes when it is there.
export function like(product, card, ...more) {
  const picture = make("div", { className: "like-picture" });
  const item = make("li", {}, picture,
    make("p", { className: "like-name", textContent: showable(product.name, 80) || t("similar.no_name") }), ...more);
  card.picture(product.picture).then((url) => {
    if (!url) return;
    const image = make("img", { alt: "", src: url });
    image.addEventListener("error", () => image.remove());
    picture.append(image);
  });
  return item;
}

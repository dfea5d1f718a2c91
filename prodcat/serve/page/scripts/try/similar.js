// The most similar products of the service's index, or how to start it with one.
import { make, showable } from "../dom.js";
import { pathOf } from "../paths.js";
import { inWords } from "../problems.js";
import { pictureUrl } from "../service.js";
import { number, t } from "../words.js";

export function showSimilar(place, { answer, similar, failed }, hasIndex) {
  place.hidden = !answer.used.length;
  const title = make("h2", { id: "similar-title", textContent: t("similar.title") });
  if (!hasIndex) place.replaceChildren(title, howToStart());
  else if (failed.similar) place.replaceChildren(title, make("p", { className: "bad", textContent: inWords(failed.similar) }));
  else if (similar === null) place.replaceChildren(title, make("p", { className: "waiting", textContent: t("similar.waiting") }));
  else if (!similar.similar.length) place.replaceChildren(title, make("p", { textContent: showable(similar.error ?? t("similar.none"), 400) }));
  else place.replaceChildren(title, make("ul", { className: "cards" }, ...similar.similar.map(card)));
}

function howToStart() {
  return make("div", { className: "hint" }, make("p", { textContent: t("similar.no_index") }),
    make("pre", { textContent: "prodcat index shop.db\nprodcat serve --corpus shop.db" }));
}

function card(product) {
  const picture = make("div", { className: "card-picture" });
  if (product.picture) {
    const image = make("img", { alt: "" });
    image.addEventListener("load", () => URL.revokeObjectURL(image.src));
    image.addEventListener("error", () => image.remove());
    picture.append(image);
    pictureUrl(product.picture).then((url) => { image.src = url; }, () => image.remove());
  }
  return make("li", {}, picture, make("div", { className: "card-words" },
    make("p", { className: "card-name", textContent: product.name ? showable(product.name, 120) : t("similar.no_name") }),
    make("p", { className: "hint" }, pathOf(product.path, { quiet: true })),
    make("p", { className: "hint", textContent: t("similar.how", { n: number(product.similarity, 2, 2) }) })));
}

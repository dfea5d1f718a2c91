// The buttons under a card, each with its key.
import { make } from "../dom.js";
import { t } from "../words.js";

export const VERDICTS = [
  { verdict: "keep", key: "1" },
  { verdict: "suggestion", key: "2" },
  { verdict: "other", key: "3" },
  { verdict: "none", key: "4" },
  { verdict: "skip", key: "5" },
  { verdict: "undo", key: "z" },
  { verdict: "group", key: "a" },
];

export function makeButtons(place, act) {
  place.replaceChildren(...VERDICTS.map(({ verdict, key }) => {
    const button = make("button", { type: "button", data: { verdict }, aria: { keyshortcuts: key } },
      make("kbd", { textContent: key.toUpperCase(), aria: { hidden: "true" } }), " ", make("span"));
    button.addEventListener("click", () => act(verdict));
    return button;
  }));
}

// Say on the buttons what they do to this card.
export function showButtons(place, card, group) {
  const usable = {
    keep: card?.data.label?.in_tree === true,
    suggestion: card?.data.suggestion?.in_tree === true,
    other: card !== null, none: card !== null, skip: card !== null, undo: true,
    group: Boolean(group?.count),
  };
  for (const button of place.children) {
    const { verdict } = button.dataset;
    const many = group?.on && ["keep", "suggestion", "other", "none"].includes(verdict);
    const words = verdict === "group" ? t("review.group", { n: (group?.count ?? 0) + 1 }) : t(`review.do_${verdict}`);
    button.querySelector("span").textContent = many ? t("review.for_all", { what: words, n: group.count + 1 }) : words;
    button.disabled = !usable[verdict];
    if (verdict === "group") {
      button.hidden = !usable.group;
      button.setAttribute("aria-pressed", String(Boolean(group?.on)));
    }
  }
  place.hidden = false;
}

// Which words of a card mattered to the model; one question at a time, and none for what is gone.
import { make, showable } from "../dom.js";
import { inOneLine } from "../paths.js";
import { askJson } from "../service.js";
import { markedText } from "../try/marked.js";
import { t } from "../words.js";

const NAME = 10_000;
const DESCRIPTION = 20_000;

let asking = Promise.resolve();

// Ask for a card's words, once.
export function wantMarks(card) {
  card.marks ??= (asking = asking.then(() => explanation(card)).catch(() => null));
  return card.marks;
}

async function explanation({ data, stop }) {
  if (stop.signal.aborted || !(data.name || data.description)) return null;
  const product = { name: data.name.slice(0, NAME), description: data.description.slice(0, DESCRIPTION) };
  const answer = await askJson("v1/explain", { product }, { signal: stop.signal });
  return answer.explanation;
}

// Mark the words of the card that is shown, when they are known.
export async function showMarks(place, card) {
  const why = await wantMarks(card);
  if (!why?.target.length || place.dataset.product !== card.data.product) return;
  const scale = Math.max(0.5, ...why.words.map(({ influence }) => Math.abs(influence)));
  const parts = ["name", "description"].filter((part) => why[part].text);
  place.querySelector("#card-texts")?.replaceChildren(
    ...parts.map((part) => markedText(part, why[part], why.words, scale)),
    make("p", { className: "hint", textContent: t("review.marked", { path: showable(inOneLine(why.target), 300) }) }));
}

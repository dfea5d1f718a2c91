// Why this answer: what each part did, which words, where in the picture, and what instead.
import { make, showable } from "../dom.js";
import { inWords } from "../problems.js";
import { inOneLine } from "../paths.js";
import { number, percent, t } from "../words.js";
import { heatMap } from "./heat.js";
import { markedText } from "./marked.js";

// As prodcat/explain/findings.py has it: nearer to 0 than this is told as no influence.
const MATTERS = 0.2;
const MOST = 1000;

const matters = (influence) => Math.abs(influence) >= MATTERS;
const last = (path) => showable(path.at(-1) ?? "", 100);

// By how much odds change, such as 4.2 ×.
export function factor(influence) {
  const times = Math.exp(Math.abs(influence));
  if (times > MOST) return t("why.most", { n: number(MOST) });
  return t("why.times", { n: number(times, times < 10 ? 1 : 0) });
}

export function showWhy(place, { answer, why, failed }) {
  place.hidden = !answer.used.length;
  const title = make("h2", { id: "why-title", textContent: t(answer.abstained ? "why.title_guess" : "why.title") });
  if (failed.why) place.replaceChildren(title, make("p", { className: "bad", textContent: inWords(failed.why) }));
  else if (why === null) place.replaceChildren(title, make("p", { className: "waiting", textContent: t("why.waiting") }));
  else if (why.explanation === null) place.replaceChildren(title, make("p", { textContent: t("why.none") }));
  else place.replaceChildren(title, ...told(why.explanation));
}

function told(why) {
  if (!why.target.length) return [make("p", { textContent: t("why.none") })];
  const parts = [make("p", { className: "hint", textContent: t("why.about", { category: inOneLine(why.target) }) })];
  const texts = make("div", { className: "marked" });
  const scale = Math.max(0.5, ...why.words.map((word) => Math.abs(word.influence)));
  for (const part of ["name", "description"]) {
    if (why[part].text) texts.append(markedText(part, why[part], why.words, scale));
  }
  const beside = make("div", { className: "beside" });
  if (why.picture) beside.append(heatMap(why.picture));
  if (texts.childElementCount || why.parts.length > 1) {
    const words = make("div", { className: "beside-words" });
    if (texts.childElementCount) words.append(texts);
    if (why.parts.length > 1) words.append(influences(why.parts));
    beside.append(words);
  }
  parts.push(beside);
  parts.push(...[words(why, 1), words(why, -1), ...rather(why)].filter(Boolean));
  return parts;
}

// One bar for each part, from the middle to the right for the answer, to the left against it.
function influences(parts) {
  const scale = Math.max(1, ...parts.map((part) => Math.abs(part.influence)));
  const rows = parts.map((part) => {
    const line = make("span", { className: "diverging", aria: { hidden: "true" } });
    const fill = make("span", { className: part.influence >= 0 ? "for" : "against" });
    fill.style.width = `${(50 * Math.abs(part.influence)) / scale}%`;
    line.append(fill);
    const said = !matters(part.influence) ? t("why.nothing")
      : t(part.influence > 0 ? "why.for" : "why.against", { factor: factor(part.influence) });
    return make("tr", {}, make("th", { scope: "row", textContent: t(`part.${part.part}`) }),
      make("td", {}, line, make("span", { textContent: said })),
      make("td", { className: "hint", textContent: alone(part) }));
  });
  return make("table", { className: "influences" }, make("caption", { textContent: t("why.parts") }), make("tbody", {}, ...rows));
}

function alone({ alone: answer }) {
  if (!answer?.leaf) return "";
  return t("why.alone", { category: last(answer.leaf), probability: percent(answer.leaf_probability, 0) });
}

function words(why, sign) {
  const found = why.words.filter((word) => sign * word.influence >= MATTERS)
    .sort((a, b) => sign * (b.influence - a.influence)).slice(0, 4)
    .map((word) => `“${showable(word.text, 48)}” (${factor(word.influence)})`);
  if (!found.length) return null;
  return make("p", { textContent: t(sign > 0 ? "why.words_for" : "why.words_against", { category: last(why.target), words: found.join(", ") }) });
}

// "X rather than Y because of …": what tells the answer from the next best.
function rather(why) {
  if (!why.rather.than) return [];
  const reasons = (sign) => {
    const parts = why.parts.length > 1 ? why.parts.map((part) => [t(`the.${part.part}`), part.against_rival]) : [];
    const single = why.words.map((word) => [`“${showable(word.text, 48)}”`, word.against_rival]);
    const strong = (found, most) => found.filter(([, size]) => sign * size >= MATTERS)
      .sort((a, b) => sign * (b[1] - a[1])).slice(0, most);
    return [...strong(parts, 2), ...strong(single, 3)].map(([name, size]) => `${name} (${factor(size)})`).join(", ");
  };
  const [first, second] = apart(why.rather.category, why.rather.than);
  const lines = [[1, "why.rather"], [-1, "why.rather_not"]].map(([sign, key]) => [reasons(sign), key])
    .filter(([found]) => found)
    .map(([found, key]) => make("p", { className: "rather", textContent: t(key, { first, second, reasons: found }) }));
  return lines;
}

// Two paths by the names from where they part on.
function apart(first, second) {
  let same = 0;
  while (same < Math.min(first.length, second.length) - 1 && first[same] === second[same]) same++;
  return [inOneLine(first.slice(same)), inOneLine(second.slice(same))];
}

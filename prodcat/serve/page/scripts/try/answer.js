// The answer: its path level by level, or why there is none and what it would have taken.
import { bar, make, showable } from "../dom.js";
import { inOneLine, pathOf } from "../paths.js";
import { duration, percent, t } from "../words.js";

const REASONS = { unsure: "unsure", "unlike anything learnt": "foreign", "nothing to read": "unread" };

const reasonOf = (answer) => REASONS[answer.reason] ?? "unsure";

export function spokenAnswer(answer) {
  if (answer.abstained) return `${t("answer.none")}. ${whyNot(answer)}`;
  return t("answer.spoken", { category: inOneLine(answer.path), probability: percent(answer.probability) });
}

// Why it abstained, in a sentence or two.
function whyNot(answer) {
  const reason = reasonOf(answer);
  if (reason !== "unsure") return t(`reason.${reason}`);
  if (answer.needed === null) return t("reason.unsure_never");
  return t("reason.unsure", { needed: percent(answer.needed), probability: percent(answer.probability) });
}

export function showAnswer(place, shown) {
  const { answer } = shown;
  const parts = [make("h2", { id: "answer-title", textContent: t("answer.title") }), verdict(answer)];
  if (answer.error) parts.push(make("p", { className: "bad", textContent: showable(answer.error, 400) }));
  if (answer.between.length && (!answer.abstained || reasonOf(answer) === "unsure")) parts.push(undecided(answer));
  if (answer.levels?.length) parts.push(levels(answer));
  if (answer.alternatives.length) parts.push(alternatives(answer));
  parts.push(make("p", { className: "hint timing", textContent: t("answer.timing", {
    service: duration(shown.seconds), whole: duration(shown.wholeSeconds),
    parts: answer.used.length ? answer.used.map((part) => t(`part.${part}`)).join(", ") : t("answer.nothing"),
  }) }));
  place.replaceChildren(...parts);
  place.hidden = false;
}

function verdict(answer) {
  if (answer.abstained) {
    return make("div", { className: "verdict abstained" },
      make("p", { className: "big", textContent: t("answer.none") }),
      make("p", { textContent: whyNot(answer) }));
  }
  return make("div", { className: "verdict" },
    make("p", { className: "big" }, pathOf(answer.path)),
    make("p", {}, make("b", { textContent: percent(answer.probability) }), " ", t("answer.probable")));
}

// What it could not decide between, below the answer or instead of one.
function undecided(answer) {
  const between = answer.between.slice(0, 3).map((node) =>
    make("li", {}, pathOf(node.path), make("span", { className: "number", textContent: percent(node.probability) })));
  return make("div", { className: "undecided" },
    make("p", { textContent: t(answer.abstained ? "answer.between" : "answer.between_below") }),
    make("ul", {}, ...between));
}

// The best path as a tree, one level in each line.
function levels(answer) {
  const mark = answer.needed;
  const rows = answer.levels.map((level, depth) => {
    const reached = !answer.abstained && depth < answer.path.length && level.path.every((name, i) => name === answer.path[i]);
    const row = make("li", { className: reached ? "reached" : "beyond" },
      make("span", { className: "name", textContent: showable(level.path.at(-1), 200) }),
      bar(level.probability, { mark, kind: reached ? "sure" : "" }),
      make("span", { className: "number", textContent: percent(level.probability) }));
    row.style.setProperty("--depth", depth);
    return row;
  });
  const hint = mark === null ? [] : [make("p", { className: "hint", textContent: t("answer.mark", { needed: percent(mark) }) })];
  return make("div", {},
    make("h3", { textContent: t(answer.abstained ? "answer.levels_best" : "answer.levels") }),
    make("ol", { className: "levels" }, ...rows), ...hint);
}

function alternatives(answer) {
  const rows = answer.alternatives.map((node) => make("li", {},
    pathOf(node.path), bar(node.probability), make("span", { className: "number", textContent: percent(node.probability) })));
  return make("details", { className: "alternatives", open: answer.abstained },
    make("summary", { textContent: t("answer.alternatives", { n: rows.length }) }), make("ol", {}, ...rows));
}

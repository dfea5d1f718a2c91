// One row of a table, all of it.
import { make, showable } from "../dom.js";
import { pathOf } from "../paths.js";
import { percent, t } from "../words.js";
import { nameOf } from "./lines.js";

const REASONS = { unsure: "unsure_short", "unlike anything learnt": "foreign", "nothing to read": "unread" };

export function showDetails(row, thumbnails, onTry) {
  const close = make("button", { type: "button", textContent: t("close") });
  const tryIt = make("button", { type: "button", className: "strong", textContent: t("result.try") });
  const dialog = make("dialog", { aria: { labelledby: "details-title" } },
    make("h2", { id: "details-title", textContent: nameOf(row) }),
    make("div", { className: "details" }, thumbnails && thumbnails.image(row.number), make("dl", {}, ...facts(row))),
    make("div", { className: "buttons" }, tryIt, close));
  close.addEventListener("click", () => dialog.close());
  tryIt.addEventListener("click", () => {
    dialog.close();
    onTry();
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function facts(row) {
  const found = [];
  const add = (key, ...content) => found.push(make("dt", { textContent: t(key) }), make("dd", {}, ...content));
  if (row.id) add("part.id", showable(row.id, 300));
  if (row.name) add("part.name", showable(row.name, 300));
  if (row.description) add("part.description", showable(row.description, 5000));
  if (row.abstained) add("answer.title", t("answer.none"), ". ", t(`reason.${REASONS[row.reason] ?? "unsure_short"}`));
  else add("answer.title", pathOf(row.category.split(" > ")), ` (${percent(row.probability)})`);
  if (row.alternatives.length) {
    add("result.candidates", make("ul", {}, ...row.alternatives.map(({ path, probability }) =>
      make("li", {}, pathOf(path.split(" > "), { quiet: true }), ` (${percent(probability)})`))));
  }
  if (row.error) add("result.flaw", showable(row.error, 500));
  return found;
}

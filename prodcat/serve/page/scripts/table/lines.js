// How a row of answers looks, and the head that sorts them.
import { bar, make, showable } from "../dom.js";
import { pathOf } from "../paths.js";
import { number, percent, t } from "../words.js";
import { isSure, probabilityOf } from "./rows.js";

const SORTED = ["number", "name", "category", "probability"];

export class Head {
  constructor(asked, withPictures, onChange) {
    this.cells = SORTED.map((by) => {
      const button = make("button", { type: "button", textContent: t(`result.by_${by}`) });
      const cell = make("div", { role: "columnheader", className: `of-${by}` }, button);
      button.addEventListener("click", () => {
        asked.down = asked.by === by ? !asked.down : by === "probability";
        asked.by = by;
        this.mark(asked);
        onChange();
      });
      return cell;
    });
    this.element = make("div", { role: "row", className: "line head", aria: { rowindex: 1 } }, ...this.cells);
    if (withPictures) this.cells[0].after(make("div", { role: "columnheader", className: "of-picture" },
      make("span", { className: "unseen", textContent: t("part.image") })));
    this.element.classList.toggle("with-pictures", withPictures);
    this.mark(asked);
  }

  mark({ by, down }) {
    SORTED.forEach((name, place) => {
      const order = name !== by ? "none" : down ? "descending" : "ascending";
      this.cells[place].setAttribute("aria-sort", order);
    });
  }
}

export function drawRow(row, thumbnails, onOpen) {
  const sure = isSure(row);
  const path = (row.category ?? row.leaf ?? "").split(" > ").filter(Boolean);
  const open = make("button", { type: "button", className: "open", textContent: nameOf(row) });
  open.addEventListener("click", onOpen);
  const answer = make("div", { role: "cell", className: "of-category" },
    make("span", { className: `state ${sure ? "good" : "hint"}`, textContent: sure ? "" : t(path.length ? "result.perhaps" : "answer.none") }),
    pathOf(path, { quiet: !sure }));
  if (row.error) answer.append(make("span", { className: "bad warning", title: showable(row.error, 300), textContent: ` ${t("result.flaw")}` }));
  const probability = probabilityOf(row);
  const line = make("div", { role: "row", className: `line ${sure ? "is-sure" : "is-doubtful"}` },
    make("div", { role: "cell", className: "of-number hint", textContent: number(row.number) }),
    thumbnails && make("div", { role: "cell", className: "of-picture" }, thumbnails.image(row.number)),
    make("div", { role: "cell", className: "of-name" }, open,
      row.name && row.description ? make("span", { className: "hint more", textContent: showable(withoutTags(row.description), 120) }) : null),
    answer,
    make("div", { role: "cell", className: "of-probability" }, bar(probability, { kind: sure ? "sure" : "" }),
      make("span", { className: "number", textContent: path.length ? percent(probability) : "–" })));
  line.classList.toggle("with-pictures", thumbnails !== null);
  return line;
}

// Shops write descriptions in HTML; of the tags nobody wants to know here.
const withoutTags = (text) => text.replace(/<[^<>]{1,200}>/g, " ").trim();

export const nameOf = (row) =>
  showable(row.name || withoutTags(row.description) || row.id || t("result.row", { n: row.number }), 160);

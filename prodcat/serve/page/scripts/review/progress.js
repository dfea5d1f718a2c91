// How far it is, how fast it goes, who did how much, and how often two agreed.
import { bar, byId, make, settled, showable } from "../dom.js";
import { askJson } from "../service.js";
import { duration, percent, t } from "../words.js";

const WAIT_MS = 400;

export class ProgressLine {
  constructor(who) {
    this.who = who;
    this.look = settled(() => this.ask(), WAIT_MS);
    this.ask();
  }

  async ask() {
    const found = await askJson(`v1/review/progress?${new URLSearchParams({ who: this.who })}`).catch(() => null);
    if (found) this.show(found);
  }

  show({ done, left, second, pace_s: pace, people, twice, agreed }) {
    const all = done + left;
    const lines = [t("review.done_of", { done, n: all })];
    if (pace !== null) lines.push(t("review.pace", { pace: duration(pace) }));
    if (second) lines.push(t("review.second", { n: second }));
    if (twice) lines.push(t("review.agreed", { share: percent(agreed / twice, 0), n: twice }));
    const names = Object.entries(people).slice(0, 6).map(([name, n]) => t("review.person", { name: showable(name, 40), n }));
    byId("progress").replaceChildren(
      bar(all ? done / all : 0, { kind: "sure" }),
      make("p", { className: "hint" }, make("span", { id: "progress-said", textContent: lines.join(" · ") }),
        ...(names.length ? [` · ${names.join(", ")}`] : [])));
  }
}

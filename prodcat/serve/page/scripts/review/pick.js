// Another category: found as one types, those that one chose lately first.
import { announce, byId, make, settled } from "../dom.js";
import { inOneLine, pathOf } from "../paths.js";
import { askJson, tried } from "../service.js";
import { t } from "../words.js";

const WAIT_MS = 80;

export class Pick {
  constructor() {
    this.dialog = byId("pick");
    this.words = byId("pick-words");
    this.list = byId("pick-list");
    this.found = [];
    this.at = 0;
    // By which words what is shown was found, and whether Enter waits for those that stand there.
    this.foundBy = null;
    this.entered = false;
    const look = settled(() => this.look(), WAIT_MS);
    this.words.addEventListener("input", () => { this.entered = false; look(); });
    this.words.addEventListener("keydown", (event) => this.onKey(event));
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.choose(Number(option.dataset.place));
    });
    this.dialog.addEventListener("close", () => { this.finish(null); });
  }

  // Ask for a category; null where none is chosen.
  open(who) {
    this.who = who;
    this.words.value = "";
    this.foundBy = null;
    this.entered = false;
    this.show([]);
    this.dialog.showModal();
    this.words.focus();
    this.look();
    return new Promise((done) => { this.done = done; });
  }

  async look() {
    this.looking?.abort();
    const { signal } = (this.looking = new AbortController());
    const words = this.words.value;
    const query = new URLSearchParams({ who: this.who, q: words, limit: 20 });
    const answer = await tried(() => askJson(`v1/review/categories?${query}`, undefined, { signal }));
    if (!answer || signal.aborted) return;
    this.foundBy = words;
    this.show(answer.categories);
    if (this.entered) this.choose(this.at);
  }

  show(found) {
    this.found = found;
    this.list.replaceChildren(...found.map((category, place) => make("li", {
      id: `pick-${place}`, role: "option", data: { place }, aria: { selected: "false" },
    }, pathOf(category.path), ...(category.recent ? [make("span", { className: "hint", textContent: ` ${t("review.recent")}` })] : []))));
    byId("pick-said").textContent = found.length ? "" : t("review.pick_none");
    this.mark(0);
  }

  mark(place) {
    this.list.children[this.at]?.setAttribute("aria-selected", "false");
    this.at = Math.max(0, Math.min(this.found.length - 1, place));
    const option = this.list.children[this.at];
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) this.words.setAttribute("aria-activedescendant", option.id);
    else this.words.removeAttribute("aria-activedescendant");
  }

  onKey(event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      this.mark(this.at + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (this.foundBy === this.words.value) {
        this.choose(this.at);
        return;
      }
      // What was typed a moment ago is looked for first.
      this.entered = true;
      this.look();
    }
  }

  choose(place) {
    const category = this.found[place];
    if (!category) return;
    announce(inOneLine(category.path));
    this.finish(category);
    this.dialog.close();
  }

  finish(category) {
    this.looking?.abort();
    this.done?.(category);
    this.done = null;
  }
}

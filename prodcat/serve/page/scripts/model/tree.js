// The tree of categories: opened level by level, or searched; what cannot be answered is said.
import { announce, make, settled, showable } from "../dom.js";
import { pathOf } from "../paths.js";
import { askJson, tried } from "../service.js";
import { t } from "../words.js";

const MOST_FOUND = 200;
const MOST_LEAVES = 10_000;

export class CategoryTree {
  constructor() {
    this.search = make("input", { type: "search", id: "tree-search", autocomplete: "off" });
    this.search.addEventListener("input", settled(() => this.find(), 200));
    this.list = make("ul", { className: "tree", aria: { label: t("model.tree") } });
    this.said = make("p", { className: "hint", role: "status" });
    this.lacking = make("p", { className: "hint" });
    this.element = make("div", {}, this.lacking, make("div", { className: "field" },
      make("label", { htmlFor: "tree-search", textContent: t("tree.search") }), this.search), this.said,
    make("div", { className: "tree-scroll", tabIndex: 0, role: "region", aria: { label: t("model.tree") } }, this.list));
    this.find();
    this.count();
  }

  // Leaves that it was never taught, which a shop may have products of all the same.
  async count() {
    const leaves = await this.ask({ leaves: true, limit: MOST_LEAVES });
    if (!leaves) return;
    const untaught = leaves.categories.filter(({ answerable }) => !answerable);
    this.lacking.textContent = t("tree.leaves", { n: leaves.total });
    if (!untaught.length) return;
    const show = make("button", { type: "button", className: "as-link", textContent: t("tree.untaught_leaves", { n: untaught.length }) });
    show.addEventListener("click", () => {
      this.said.textContent = t("tree.found", { n: untaught.length });
      announce(this.said.textContent);
      this.list.replaceChildren(...untaught.map(flat));
    });
    this.lacking.append(" ", show);
  }

  async find() {
    this.asking?.abort();
    const { signal } = (this.asking = new AbortController());
    const words = this.search.value.trim();
    const query = words ? { q: words, limit: MOST_FOUND } : { parent: "" };
    const found = await this.ask(query, signal);
    if (!found) return;
    this.said.textContent = words ? t("tree.found", { n: found.total }) : "";
    if (words) {
      announce(this.said.textContent);
      this.list.replaceChildren(...found.categories.map(flat));
    } else this.list.replaceChildren(...found.categories.map((category) => this.node(category)));
  }

  ask(query, signal) {
    return tried(() => askJson(`v1/categories?${new URLSearchParams(query)}`, undefined, { signal }));
  }

  // One category; those below it come when it is opened.
  node(category) {
    const name = showable(category.name, 200);
    if (!category.children) {
      return make("li", { className: category.answerable ? "leaf" : "leaf untaught" }, name, ...untaught(category));
    }
    const button = make("button", { type: "button", aria: { expanded: "false" } },
      make("span", { textContent: name }), make("span", { className: "hint", textContent: ` ${category.children}` }));
    const item = make("li", { className: category.answerable ? "" : "untaught" }, button, ...untaught(category));
    let below = null;
    button.addEventListener("click", async () => {
      const opened = button.getAttribute("aria-expanded") === "false";
      button.setAttribute("aria-expanded", String(opened));
      if (opened && !below) {
        below = make("ul");
        item.append(below);
        const found = await this.ask({ parent: category.id, limit: 10_000 });
        below.append(...(found?.categories ?? []).map((child) => this.node(child)));
      }
      if (below) below.hidden = !opened;
    });
    return item;
  }
}

const untaught = ({ answerable }) => (answerable ? [] : [make("span", { className: "hint", textContent: ` ${t("tree.untaught")}` })]);

// A category by its whole path.
const flat = (category) => make("li", { className: category.answerable ? "leaf" : "leaf untaught" },
  pathOf(category.path, { quiet: true }), ...untaught(category));

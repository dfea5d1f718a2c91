// A long list of rows of which only those in view are drawn.
import { make } from "../dom.js";

const BEYOND = 8;
const HEIGHT = { desktop: 62, phone: 96 };

export class Grid {
  // `head` is the row of titles; `draw` makes the element of a row.
  constructor({ label, head, draw }) {
    this.draw = draw;
    this.rows = [];
    this.drawn = new Map();
    this.inside = make("div", { className: "grid-inside", role: "presentation" });
    this.scroller = make("div", { className: "grid-scroll", tabIndex: 0, role: "rowgroup", aria: { label } }, this.inside);
    this.element = make("div", { className: "grid", role: "table", aria: { label } },
      make("div", { role: "rowgroup" }, head), this.scroller);
    this.phone = matchMedia("(max-width: 800px)");
    this.listening = new AbortController();
    const { signal } = this.listening;
    this.scroller.addEventListener("scroll", () => this.later(), { passive: true, signal });
    this.phone.addEventListener("change", () => this.set(this.rows), { signal });
    this.watch = new ResizeObserver(() => this.later());
    this.watch.observe(this.scroller);
  }

  get height() {
    return this.phone.matches ? HEIGHT.phone : HEIGHT.desktop;
  }

  set(rows) {
    this.rows = rows;
    this.element.setAttribute("aria-rowcount", rows.length + 1);
    this.inside.style.height = `${rows.length * this.height}px`;
    for (const element of this.drawn.values()) element.remove();
    this.drawn.clear();
    this.scroller.scrollTop = 0;
    this.render();
  }

  later() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      this.render();
    });
  }

  render() {
    const { scrollTop, clientHeight } = this.scroller;
    const first = Math.max(0, Math.floor(scrollTop / this.height) - BEYOND);
    const last = Math.min(this.rows.length, Math.ceil((scrollTop + clientHeight) / this.height) + BEYOND);
    for (const [place, element] of this.drawn) {
      if ((place < first || place >= last) && !element.contains(document.activeElement)) {
        element.remove();
        this.drawn.delete(place);
      }
    }
    let before = null;
    for (let place = first; place < last; place++) {
      let element = this.drawn.get(place);
      if (!element) {
        element = this.draw(this.rows[place]);
        element.setAttribute("aria-rowindex", place + 2);
        element.style.top = `${place * this.height}px`;
        element.style.height = `${this.height}px`;
        this.drawn.set(place, element);
        // In the order in which the Tab key and a screen reader go.
        if (before) before.after(element);
        else this.inside.prepend(element);
      }
      before = element;
    }
  }

  close() {
    this.listening.abort();
    this.watch.disconnect();
  }
}

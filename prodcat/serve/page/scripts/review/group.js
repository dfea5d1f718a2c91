// "All like this one": near-duplicates that one decision covers, shown before it does.
import { announce, make } from "../dom.js";
import { pathOf } from "../paths.js";
import { t } from "../words.js";
import { like } from "./card.js";

const SHOWN = 200;

export class Group {
  constructor(card) {
    this.card = card;
    this.open = card.data.alike.filter(({ decided }) => !decided);
    this.on = false;
    this.element = null;
  }

  get count() {
    return this.open.length;
  }

  // Products that a decision covers beside the card's own.
  get covered() {
    return this.on ? this.open.map(({ id }) => id) : [];
  }

  // Show the list, and let what is decided now cover it; or not.
  toggle(place) {
    if (!this.count) return;
    this.on = !this.on;
    this.element?.remove();
    if (!this.on) {
      announce(t("review.group_off"));
      return;
    }
    const { alike } = this.card.data;
    const title = t("review.group_on", { n: this.count + 1 });
    const decided = alike.length - this.count;
    this.element = make("section", { id: "group", aria: { label: title } },
      make("h3", { textContent: title }),
      ...(decided ? [make("p", { className: "hint", textContent: t("review.group_decided", { n: decided }) })] : []),
      make("ul", { className: "likes", tabIndex: 0 }, ...alike.slice(0, SHOWN).map((one) => like(one, this.card,
        make("p", { className: "hint" }, one.label ? pathOf(one.label.path, { quiet: true }) : t("review.no_label")),
        ...(one.decided ? [make("p", { className: "hint", textContent: t("review.decided") })] : [])))),
      ...(alike.length > SHOWN ? [make("p", { className: "hint", textContent: t("review.group_more", { n: alike.length - SHOWN }) })] : []));
    // Before all else: what is decided holds for these, too.
    place.prepend(this.element);
    this.element.scrollIntoView({ block: "start" });
    announce(title);
  }
}

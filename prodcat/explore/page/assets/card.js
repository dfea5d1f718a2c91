// The card of one product: beside its point, or along the lower edge of a phone.
const CARD_AWAY_PX = 14;

class Card {
  row = -1;
  pinned = false;

  constructor(catalogue, stage, pictures) {
    this.catalogue = catalogue;
    this.stage = stage;
    this.pictures = pictures;
    this.box = byId("card");
    this.ring = byId("ring");
    byId("card-close").addEventListener("click", () => {
      this.hide();
      stage.canvas.focus();
    });
    stage.onView.on((morphs) => this.place(morphs));
  }

  show(row, { pinned = false } = {}) {
    if (row === this.row && pinned === this.pinned) return;
    if (row !== this.row) this.write(row);
    this.row = row;
    this.pinned = pinned;
    this.box.hidden = false;
    this.box.classList.toggle("pinned", pinned);
    this.place(Boolean(this.stage.morph));
  }

  hide() {
    this.row = -1;
    this.pinned = false;
    this.box.hidden = true;
    this.ring.hidden = true;
  }

  write(row) {
    const name = this.catalogue.name(row);
    const facts = this.catalogue.tell(row).map(([heading, text, tone]) => make("div", {},
      make("dt", { textContent: heading }), make("dd", { textContent: text, className: tone ?? "" })));
    byId("card-picture").replaceChildren(this.pictures.canvas(row, name));
    byId("card-name").textContent = name;
    byId("card-facts").replaceChildren(...facts);
    byId("card-id").textContent = showable(this.catalogue.id(row));
  }

  // What those who hear the page are told of a product.
  spoken(row) {
    const told = this.catalogue.tell(row).map(([heading, text]) => `${heading}: ${text}`);
    return [this.catalogue.name(row), ...told].join(". ");
  }

  place(morphs) {
    if (this.row < 0) return;
    const place = this.stage.screenPlace(this.row);
    this.ring.hidden = morphs || !place;
    this.box.classList.toggle("away", morphs);
    if (!place) return;
    const [x, y] = place;
    this.ring.style.transform = `translate(${x}px, ${y}px)`;
    if (isPhone()) {
      this.box.style.transform = "";
      return;
    }
    const { offsetWidth: width, offsetHeight: height } = this.box;
    const most = this.stage.camera.width - BUTTONS_PX;
    const tallest = this.stage.camera.height;
    const fitsRight = x + CARD_AWAY_PX + width < most;
    const left = fitsRight ? x + CARD_AWAY_PX : x - CARD_AWAY_PX - width;
    const top = y - height / 3;
    this.box.style.transform = `translate(${limit(left, 4, Math.max(4, most - width - 4))}px, ${
      limit(top, 4, Math.max(4, tallest - height - 4))}px)`;
  }
}

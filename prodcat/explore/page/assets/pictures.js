// Pictures, cut from their sheets when they are looked at.
const NO_PICTURE = 2 ** 32 - 1;
const KEPT_SHEETS = 48;

class Pictures {
  sheets = new Map();

  constructor(catalogue) {
    this.meta = catalogue.pictures;
    this.places = catalogue.places;
  }

  has(row) {
    return this.meta !== null && this.places[row] !== NO_PICTURE;
  }

  // A canvas that shows a product's picture once it is there; one without, if it has none.
  canvas(row, name) {
    const [width, height] = this.meta?.cell ?? [3, 4];
    const canvas = make("canvas", { width, height, className: "picture" });
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", this.has(row) ? `Picture of ${name}` : "No picture");
    if (this.has(row)) this.draw(row, canvas);
    else canvas.classList.add("none");
    return canvas;
  }

  async draw(row, canvas) {
    const { sheet, box } = await this.cut(row);
    canvas.getContext("2d").drawImage(sheet, ...box, 0, 0, canvas.width, canvas.height);
    canvas.classList.add("ready");
  }

  // The sheet that a product's picture is on, and where on it.
  async cut(row) {
    const { cell: [width, height], side, perSheet } = this.meta;
    const sheet = await this.sheet(Math.floor(this.places[row] / perSheet));
    const place = this.places[row] % perSheet;
    return { sheet, box: [(place % side) * width, Math.floor(place / side) * height, width, height] };
  }

  sheet(number) {
    const known = this.sheets.get(number);
    this.sheets.delete(number);
    const sheet = known ?? open(number);
    this.sheets.set(number, sheet);
    // A Map keeps the order in which its entries came: the first was not asked for the longest.
    if (this.sheets.size > KEPT_SHEETS) this.sheets.delete(this.sheets.keys().next().value);
    return sheet;

    async function open(sheet_number) {
      // The last sheets may still be on their way from the disk.
      if (document.readyState === "loading") {
        await new Promise((done) => { document.addEventListener("DOMContentLoaded", done); });
      }
      const image = new Image();
      image.src = `data:image/webp;base64,${byId(`sheet-${sheet_number}`).textContent}`;
      await image.decode();
      return image;
    }
  }
}

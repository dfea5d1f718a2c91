// Pictures on the map itself, in the cells of a grid: in each, one of the products that lie there.
const PICTURE_PX = 42;
const GAP_PX = 5;
const SETTLE_MS = 120;

class Mosaic {
  isOn = false;
  drawn = null;
  turn = 0;

  constructor(catalogue, stage, pictures, filters) {
    Object.assign(this, { catalogue, stage, pictures, filters });
    this.canvas = byId("mosaic");
    const button = byId("show-pictures");
    button.hidden = pictures.meta === null;
    button.addEventListener("click", () => {
      this.isOn = !this.isOn;
      byId("labels").classList.toggle("on-pictures", this.isOn);
      button.setAttribute("aria-pressed", String(this.isOn));
      this.drawn = null;
      this.draw();
    });
    this.redraw = settled(() => this.draw(), SETTLE_MS);
    stage.onView.on((morphs) => this.follow(morphs));
    stage.covers = (left, top) => this.at(left, top);
    filters.onChange.on(() => {
      this.drawn = null;
      this.redraw();
    });
  }

  // What was drawn moves with the map, until it is drawn anew where the map came to rest.
  follow(morphs) {
    if (!this.isOn) return;
    this.canvas.hidden = morphs;
    if (morphs) return;
    this.redraw();
    if (!this.drawn) return;
    const { camera } = this.stage;
    const was = this.drawn.view;
    const scale = camera.scale / was.scale;
    const left = (was.x - camera.x) * camera.scale + ((1 - scale) * camera.width) / 2;
    const top = (camera.y - was.y) * camera.scale + ((1 - scale) * camera.height) / 2;
    this.canvas.style.transform = `translate(${left}px, ${top}px) scale(${scale})`;
  }

  draw() {
    const { camera, layout, visible, marked, morph } = this.stage;
    this.canvas.hidden = !this.isOn || Boolean(morph);
    if (this.canvas.hidden) return;
    const now = { view: camera.view(), layout, visible, marked, width: camera.width, height: camera.height };
    if (this.drawn && JSON.stringify(now.view) === JSON.stringify(this.drawn.view)
      && Object.keys(now).every((key) => key === "view" || now[key] === this.drawn[key])) return;
    this.drawn = now;
    const ratio = Math.min(window.devicePixelRatio, 2);
    Object.assign(this.canvas, { width: Math.round(camera.width * ratio), height: Math.round(camera.height * ratio) });
    this.canvas.style.transform = "";
    const [width, height] = this.pictures.meta.cell;
    this.size = [PICTURE_PX, Math.round((PICTURE_PX * height) / width)];
    const context = this.canvas.getContext("2d");
    context.scale(ratio, ratio);
    this.fill(context, this.choose(), ++this.turn);
  }

  // One product for each cell of the grid that is in view, where there is one.
  choose() {
    const { camera, visible, marked, nearby } = this.stage;
    const [wide, high] = this.size.map((side) => side + GAP_PX);
    const cells = new Map();
    nearby.within(camera.bounds(), (row) => {
      if (!visible[row] || (marked && !marked[row]) || !this.pictures.has(row)) return;
      const [x, y] = this.stage.screenPlace(row);
      const cell = [Math.floor(x / wide), Math.floor(y / high)];
      if ((cell[0] + 1) * wide > camera.width - BUTTONS_PX || (cell[1] + 1) * high > camera.height) return;
      const key = cell.join();
      if (!cells.has(key)) cells.set(key, { row, left: cell[0] * wide, top: cell[1] * high });
    });
    // By sheets, so that each is decoded once.
    const { places } = this.pictures;
    this.cells = cells;
    return [...cells.values()].sort((a, b) => places[a.row] - places[b.row]);
  }

  // The product whose picture is under the pointer; -1 for none, or while the map moves.
  at(left, top) {
    const rests = this.isOn && this.drawn && !this.canvas.hidden
      && JSON.stringify(this.drawn.view) === JSON.stringify(this.stage.camera.view());
    if (!rests) return -1;
    const cell = [left, top].map((value, i) => Math.floor(value / (this.size[i] + GAP_PX)));
    return this.cells.get(cell.join())?.row ?? -1;
  }

  async fill(context, chosen, turn) {
    for (const { row, left, top } of chosen) {
      const { sheet, box } = await this.pictures.cut(row);
      if (turn !== this.turn) return;
      context.fillStyle = this.filters.groupOf(row)?.colour ?? "#8a9099";
      context.fillRect(left, top, this.size[0] + 4, this.size[1] + 4);
      context.drawImage(sheet, ...box, left + 2, top + 2, ...this.size);
    }
    this.canvas.dataset.pictures = String(chosen.length);
  }
}

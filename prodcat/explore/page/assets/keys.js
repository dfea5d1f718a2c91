// The map by the keyboard alone.
const PAN_SHARE = 0.12;
const ZOOM_STEP = 1.35;

class Keys {
  constructor(stage, card, list, lasso, pick) {
    Object.assign(this, { stage, card, list, lasso, pick });
    this.walk = null;
    byId("stage").addEventListener("keydown", (event) => this.onMap(event));
    document.addEventListener("keydown", (event) => this.anywhere(event));
    byId("zoom-in").addEventListener("click", () => this.zoom(ZOOM_STEP ** 2));
    byId("zoom-out").addEventListener("click", () => this.zoom(ZOOM_STEP ** -2));
    byId("fit").addEventListener("click", () => stage.fit());
    byId("in-view").addEventListener("click", () => this.listView());
  }

  onMap(event) {
    if (event.target !== this.stage.canvas || event.ctrlKey || event.metaKey || event.altKey) return;
    const { width, height } = this.stage.camera;
    const [right, down] = [width * PAN_SHARE, height * PAN_SHARE];
    const actions = {
      ArrowLeft: () => this.pan(right, 0),
      ArrowRight: () => this.pan(-right, 0),
      ArrowUp: () => this.pan(0, down),
      ArrowDown: () => this.pan(0, -down),
      "+": () => this.zoom(ZOOM_STEP),
      "=": () => this.zoom(ZOOM_STEP),
      "-": () => this.zoom(1 / ZOOM_STEP),
      0: () => this.stage.fit(),
      n: () => this.step(1),
      p: () => this.step(-1),
      a: () => this.listView(),
    };
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  anywhere(event) {
    const typing = event.target.closest("input, select, textarea");
    if (event.key === "Escape") this.escape();
    else if (event.key === "/" && !typing && !byId("map-view").hidden) {
      event.preventDefault();
      document.body.dataset.drawer = "side";
      byId("search").focus();
    }
  }

  // Leave the last thing that was begun.
  escape() {
    if (byId("help").open) return;
    if (this.lasso.mode !== "move") {
      this.lasso.cancel();
      this.lasso.setMode("move");
    } else if (!this.card.box.hidden) this.card.hide();
    else this.list.clear();
  }

  pan(dx, dy) {
    this.stage.move((camera) => camera.pan(dx, dy));
  }

  zoom(factor) {
    const { width, height } = this.stage.camera;
    this.stage.move((camera) => camera.zoomAt(width / 2, height / 2, factor));
  }

  listView() {
    this.list.show("In view", this.stage.inView().sort((a, b) => a - b));
  }

  // The next product in view, from the middle outwards; anew when the view was changed.
  step(by) {
    const view = JSON.stringify([this.stage.camera.view(), this.stage.layout.name, this.stage.visible.length]);
    if (this.walk?.view !== view || this.walk.visible !== this.stage.visible) {
      this.walk = { view, visible: this.stage.visible, rows: this.stage.inView(), place: by > 0 ? -1 : 0 };
    }
    const { rows } = this.walk;
    if (!rows.length) {
      announce("No products in view");
      return;
    }
    this.walk.place = (this.walk.place + by + rows.length) % rows.length;
    const row = rows[this.walk.place];
    this.card.show(row, { pinned: true });
    announce(`${this.walk.place + 1} of ${rows.length} in view. ${this.card.spoken(row)}`);
  }
}

// Products surrounded by a box or a line drawn by hand.
const LEAST_DRAG_PX = 4;

class Lasso {
  mode = "move";

  constructor(stage, list) {
    this.stage = stage;
    this.list = list;
    this.path = byId("lasso-path");
    this.buttons = [...document.querySelectorAll("#tools [data-mode]")];
    for (const button of this.buttons) {
      button.addEventListener("click", () => this.setMode(button.dataset.mode));
    }
  }

  setMode(mode) {
    this.mode = mode;
    this.stage.element.dataset.mode = mode;
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
  }

  begin(left, top, mode) {
    this.drawn = mode;
    this.corners = [[left, top]];
    this.draw();
  }

  extend(left, top) {
    const last = this.corners.at(-1);
    if (this.drawn === "box") this.corners = [this.corners[0], [left, top]];
    else if (Math.hypot(left - last[0], top - last[1]) >= LEAST_DRAG_PX) this.corners.push([left, top]);
    this.draw();
  }

  outline() {
    if (this.drawn !== "box" || this.corners.length < 2) return this.corners;
    const [[a, b], [c, d]] = this.corners;
    return [[a, b], [c, b], [c, d], [a, d]];
  }

  draw() {
    this.path.setAttribute("d", `M${this.outline().map((corner) => corner.join(" ")).join("L")}Z`);
  }

  cancel() {
    this.corners = [];
    this.path.setAttribute("d", "");
  }

  end() {
    const outline = this.outline().map(([left, top]) => this.stage.camera.toMap(left, top));
    const kind = this.drawn === "box" ? "In the box" : "In the lasso";
    const isDrawn = outline.length > 2;
    this.cancel();
    this.setMode("move");
    if (isDrawn) this.list.show(kind, this.inside(outline));
  }

  inside(outline) {
    const [us, vs] = [outline.map(([u]) => u), outline.map(([, v]) => v)];
    const rows = [];
    this.stage.nearby.within([Math.min(...us), Math.min(...vs), Math.max(...us), Math.max(...vs)], (row) => {
      if (this.stage.visible[row] && isInside(...this.stage.mapPlace(row), outline)) rows.push(row);
    });
    return rows.sort((a, b) => a - b);
  }
}

// By the crossings of a ray with the outline (even-odd rule).
function isInside(u, v, outline) {
  let inside = false;
  for (let i = 0, j = outline.length - 1; i < outline.length; j = i++) {
    const [[ui, vi], [uj, vj]] = [outline[i], outline[j]];
    if (vi > v !== vj > v && u < ((uj - ui) * (v - vi)) / (vj - vi) + ui) inside = !inside;
  }
  return inside;
}

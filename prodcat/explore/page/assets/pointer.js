// Mouse, pen and fingers on the map: point at, pick, move, zoom, surround.
const REACH_PX = { mouse: 9, pen: 12, touch: 22 };
const WHEEL_STEP = 0.0016;
const CLICK_PX = 5;

class Pointer {
  pointers = new Map();
  moved_px = 0;
  draws = false;

  constructor(stage, lasso, card, pick) {
    Object.assign(this, { stage, lasso, card, pick });
    this.listen();
    // Without its graphics card the map goes on on another canvas.
    stage.onFlat = () => this.listen();
  }

  listen() {
    const canvas = this.stage.canvas;
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.up(event));
    canvas.addEventListener("pointercancel", (event) => this.up(event));
    canvas.addEventListener("pointerleave", () => {
      if (!this.pointers.size && !this.card.pinned) this.card.hide();
    });
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
  }

  place(event) {
    const box = this.stage.element.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  down(event) {
    if (event.button > 0) return;
    this.stage.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, this.place(event));
    if (this.pointers.size > 1) {
      this.lasso.cancel();
      this.draws = false;
      this.moved_px = Infinity;
      return;
    }
    this.moved_px = 0;
    const mode = event.shiftKey ? "box" : this.lasso.mode;
    this.draws = mode !== "move";
    if (this.draws) this.lasso.begin(...this.place(event), mode);
  }

  move(event) {
    const before = this.pointers.get(event.pointerId);
    const here = this.place(event);
    if (!before) {
      if (event.pointerType === "mouse" && !this.card.pinned) this.hover(here);
      return;
    }
    const [dx, dy] = [here[0] - before[0], here[1] - before[1]];
    this.moved_px += Math.hypot(dx, dy);
    if (this.draws) this.lasso.extend(...here);
    else if (this.pointers.size === 1) {
      if (this.moved_px > CLICK_PX) this.stage.move((camera) => camera.pan(dx, dy));
    } else this.pinch(event.pointerId, before, here);
    this.pointers.set(event.pointerId, here);
  }

  // Two fingers: what lies between them stays between them.
  pinch(id, before, here) {
    const other = [...this.pointers].find(([key]) => key !== id)[1];
    const [was, is] = [before, here].map(([x, y]) => Math.max(1, Math.hypot(x - other[0], y - other[1])));
    const middle = ([x, y]) => [(x + other[0]) / 2, (y + other[1]) / 2];
    const [from, to] = [middle(before), middle(here)];
    this.stage.move((camera) => {
      camera.pan(to[0] - from[0], to[1] - from[1]);
      camera.zoomAt(...to, is / was);
    });
  }

  up(event) {
    if (!this.pointers.delete(event.pointerId)) return;
    if (this.pointers.size) return;
    if (this.draws) {
      this.draws = false;
      if (event.type === "pointercancel") this.lasso.cancel();
      else this.lasso.end();
    } else if (this.moved_px <= CLICK_PX && event.type === "pointerup") {
      const row = this.stage.at(...this.place(event), REACH_PX[event.pointerType] ?? REACH_PX.mouse);
      if (row < 0) this.card.hide();
      else this.pick(row);
    }
  }

  hover(here) {
    const row = this.stage.at(...here, REACH_PX.mouse);
    this.stage.canvas.classList.toggle("points", row >= 0);
    if (row < 0) this.card.hide();
    else this.card.show(row);
  }

  wheel(event) {
    event.preventDefault();
    // Lines and pages of old mice, as pixels.
    const step = event.deltaY * [1, 33, 400][event.deltaMode];
    this.stage.move((camera) => {
      camera.zoomAt(...this.place(event), Math.exp(-limit(step, -400, 400) * WHEEL_STEP * (event.ctrlKey ? 5 : 1)));
    });
    if (!this.card.pinned) this.card.hide();
  }
}

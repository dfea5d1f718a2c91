// What part of the map is seen. Map units run from 0 to 1 along the longer axis, y upwards.
const PADDING_PX = 24;
// The map's buttons stand along its right side, where neither points nor words shall hide.
const BUTTONS_PX = 50;
const DEEPEST = 300;

class Camera {
  width = 1;
  height = 1;
  x = 0.5;
  y = 0.5;
  scale = 1;
  fitScale = 1;

  // Places on the screen, in CSS pixels from the stage's corner.
  toScreen(u, v) {
    return [(u - this.x) * this.scale + this.width / 2, this.height / 2 - (v - this.y) * this.scale];
  }

  toMap(left, top) {
    return [
      (left - this.width / 2) / this.scale + this.x,
      (this.height / 2 - top) / this.scale + this.y,
    ];
  }

  // Corners of what is seen: left, bottom, right, top.
  bounds() {
    const [left, bottom] = this.toMap(0, this.height);
    const [right, top] = this.toMap(this.width, 0);
    return [left, bottom, right, top];
  }

  get zoom() {
    return this.scale / this.fitScale;
  }

  view() {
    return { x: this.x, y: this.y, scale: this.scale };
  }

  set(view) {
    this.scale = limit(view.scale, this.fitScale * 0.5, this.fitScale * DEEPEST);
    this.x = limit(view.x, -0.2, 1.2);
    this.y = limit(view.y, -0.2, 1.2);
  }

  pan(dx, dy) {
    this.set({ x: this.x - dx / this.scale, y: this.y + dy / this.scale, scale: this.scale });
  }

  // The place under the pointer stays under it.
  zoomAt(left, top, factor) {
    const [u, v] = this.toMap(left, top);
    const scale = limit(this.scale * factor, this.fitScale * 0.5, this.fitScale * DEEPEST);
    this.set({
      x: u - (left - this.width / 2) / scale,
      y: v + (top - this.height / 2) / scale,
      scale,
    });
  }

  // A view that holds a part of the map, not nearer than a few products would ask for.
  around([left, bottom, right, top], deepest = DEEPEST) {
    const wide = Math.max(1e-6, right - left);
    const high = Math.max(1e-6, top - bottom);
    const padding = Math.min(PADDING_PX, this.width / 8, this.height / 8);
    const scale = Math.min(
      (this.width - BUTTONS_PX - 2 * padding) / wide,
      (this.height - 2 * padding) / high,
      this.fitScale * deepest,
    );
    return { x: (left + right) / 2 + BUTTONS_PX / 2 / scale, y: (bottom + top) / 2, scale };
  }

  resize(width, height, bounds) {
    const zoom = this.zoom;
    this.width = Math.max(1, width);
    this.height = Math.max(1, height);
    this.fitScale = Infinity;
    const whole = this.around(bounds);
    this.fitScale = whole.scale;
    // What was seen whole is so again; what was zoomed in on stays in the middle.
    this.set(Math.abs(zoom - 1) < 0.01 ? whole : { ...this.view(), scale: this.fitScale * zoom });
  }
}

// The same points without a graphics card: pixels of a plain canvas.
class FlatPoints {
  constructor(canvas, order) {
    this.canvas = canvas;
    this.order = order;
    this.context = canvas.getContext("2d");
    this.top = [];
  }

  place(from, to) {
    this.from = from;
    this.to = to;
  }

  paint(colours, top) {
    this.colours = colours;
    this.top = top;
  }

  resize(width, height) {
    // One pixel a CSS pixel: four times as many would be four times as slow.
    this.canvas.width = Math.round(width);
    this.canvas.height = Math.round(height);
    this.image = this.context.createImageData(this.canvas.width, this.canvas.height);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  draw(camera, { blend, size, topSize, share }) {
    this.pixels.fill(0);
    const count = Math.ceil(this.order.length * share);
    for (let rank = 0; rank < count; rank++) this.dot(this.order[rank], camera, blend, Math.round(size));
    for (const row of this.top) this.dot(row, camera, blend, Math.round(topSize));
    this.context.putImageData(this.image, 0, 0);
  }

  dot(row, camera, blend, side) {
    const colour = this.colours[row];
    const { from, to } = this;
    if (colour === 0 || from.x[row] === NOWHERE || to.x[row] === NOWHERE) return;
    const u = (from.x[row] * (1 - blend) + to.x[row] * blend) / FINEST;
    const v = (from.y[row] * (1 - blend) + to.y[row] * blend) / FINEST;
    const { width, height } = this.canvas;
    const left = Math.round((u - camera.x) * camera.scale + camera.width / 2 - side / 2);
    const top = Math.round(camera.height / 2 - (v - camera.y) * camera.scale - side / 2);
    if (left < 0 || top < 0 || left + side > width || top + side > height) return;
    // A faint point never covers a strong one.
    const alpha = colour >>> 24;
    for (let line = top; line < top + side; line++) {
      for (let place = line * width + left, end = place + side; place < end; place++) {
        if (alpha >= this.pixels[place] >>> 24) this.pixels[place] = colour;
      }
    }
  }
}

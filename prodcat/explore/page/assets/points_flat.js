// The same points without a graphics card: pixels of a plain canvas, set one by one. Where WebGL
// is only imitated by the processor, this is more than twice as fast.
class FlatPoints {
  constructor(canvas, order) {
    this.canvas = canvas;
    this.order = order;
    this.context = canvas.getContext("2d");
    this.top = [];
  }

  // In the order in which they are drawn, so that memory is read from one end to the other.
  place(from, to) {
    const ranked = ({ x, y }) => {
      const places = new Uint16Array(2 * this.order.length);
      this.order.forEach((row, rank) => {
        places[2 * rank] = x[row];
        places[2 * rank + 1] = y[row];
      });
      return places;
    };
    this.from = ranked(from);
    this.to = from === to ? this.from : ranked(to);
    this.ranks ??= ranksOf(this.order);
  }

  paint(colours, top) {
    this.colours = new Uint32Array(this.order.length);
    this.order.forEach((row, rank) => { this.colours[rank] = colours[row]; });
    this.top = Uint32Array.from(top, (row) => this.ranks[row]);
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
    this.dots(count, null, camera, blend, Math.round(size));
    this.dots(this.top.length, this.top, camera, blend, Math.round(topSize));
    this.context.putImageData(this.image, 0, 0);
  }

  // Squares at the first ranks, or at those of a list. One loop without calls: it runs for each
  // point of each frame.
  dots(count, ranks, camera, blend, side) {
    const { from, to, colours, pixels } = this;
    const { width, height } = this.canvas;
    const scale = camera.scale / FINEST;
    const left = width / 2 - camera.x * camera.scale - side / 2 + 0.5;
    const top = height / 2 + camera.y * camera.scale - side / 2 + 0.5;
    for (let i = 0; i < count; i++) {
      const rank = ranks ? ranks[i] : i;
      const [x0, x1] = [from[2 * rank], to[2 * rank]];
      const colour = colours[rank];
      if (colour === 0 || x0 === NOWHERE || x1 === NOWHERE) continue;
      const x = Math.floor((x0 + (x1 - x0) * blend) * scale + left);
      const y0 = from[2 * rank + 1];
      const y = Math.floor(top - (y0 + (to[2 * rank + 1] - y0) * blend) * scale);
      if (x < 0 || y < 0 || x + side > width || y + side > height) continue;
      const alpha = colour >>> 24;
      for (let line = y * width + x, last = line + side * width; line < last; line += width) {
        for (let place = line; place < line + side; place++) {
          // A faint point never covers a strong one.
          if (alpha >= pixels[place] >>> 24) pixels[place] = colour;
        }
      }
    }
  }
}

function ranksOf(order) {
  const ranks = new Uint32Array(order.length);
  order.forEach((row, rank) => { ranks[row] = rank; });
  return ranks;
}

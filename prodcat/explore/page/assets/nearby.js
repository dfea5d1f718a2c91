// Which products lie at a place: rows sorted into the cells of a grid over a layout.
class Nearby {
  constructor(x, y) {
    this.x = x;
    this.y = y;
    this.side = limit(Math.ceil(Math.sqrt(x.length / 4)), 1, 512);
    this.starts = new Uint32Array(this.side * this.side + 1);
    let drawn = 0;
    for (let row = 0; row < x.length; row++) {
      if (x[row] === NOWHERE) continue;
      this.starts[this.cell(x[row], y[row]) + 1]++;
      drawn++;
    }
    for (let cell = 0; cell < this.side * this.side; cell++) this.starts[cell + 1] += this.starts[cell];
    const next = this.starts.slice();
    this.rows = new Uint32Array(drawn);
    this.box = [1, 1, 0, 0];
    for (let row = 0; row < x.length; row++) {
      if (x[row] === NOWHERE) continue;
      this.rows[next[this.cell(x[row], y[row])]++] = row;
    }
    this.box = boxOf(this.rows, x, y);
  }

  place(value) {
    return limit(Math.floor((value / (FINEST + 1)) * this.side), 0, this.side - 1);
  }

  cell(x, y) {
    return this.place(y) * this.side + this.place(x);
  }

  // Visit rows within a box of map units.
  within([left, bottom, right, top], visit) {
    const [x0, x1, y0, y1] = [left, right, bottom, top].map((value) => value * FINEST);
    const [first, last] = [this.place(x0), this.place(x1)];
    for (let line = this.place(y0); line <= this.place(y1); line++) {
      const start = this.starts[line * this.side + first];
      const end = this.starts[line * this.side + last + 1];
      for (let i = start; i < end; i++) {
        const row = this.rows[i];
        const [x, y] = [this.x[row], this.y[row]];
        if (x >= x0 && x <= x1 && y >= y0 && y <= y1) visit(row);
      }
    }
  }

  // The nearest row that may be pointed at, within a radius of map units; -1 for none.
  nearest(u, v, radius, mayBe) {
    let best = -1;
    let least = radius * radius;
    this.within([u - radius, v - radius, u + radius, v + radius], (row) => {
      const distance = (this.x[row] / FINEST - u) ** 2 + (this.y[row] / FINEST - v) ** 2;
      if (distance < least && mayBe(row)) {
        least = distance;
        best = row;
      }
    });
    return best;
  }
}

// Corners of what holds some rows, in map units.
function boxOf(rows, x, y) {
  let [left, bottom, right, top] = [NOWHERE, NOWHERE, 0, 0];
  for (const row of rows) {
    if (x[row] === NOWHERE) continue;
    left = Math.min(left, x[row]);
    right = Math.max(right, x[row]);
    bottom = Math.min(bottom, y[row]);
    top = Math.max(top, y[row]);
  }
  if (left > right) return [0, 0, 1, 1];
  return [left, bottom, right, top].map((value) => value / FINEST);
}

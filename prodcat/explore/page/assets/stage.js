// The drawn map: which points, in which colours, seen from where; and its frames.
const MOVE_MS = 700;
const GLIDE_MS = 350;
const REST_MS = 250;
// Between these times from asking for a frame to having it, the share of points that is drawn while moving stays.
const QUICK_MS = 26;
const SLOW_MS = 45;
const LEAST_SHARE = 0.08;
const GREY = [128, 134, 142];
const [FAINT, DIM, STRONG] = [20, 44, 255];

class Stage {
  visible;
  marked = null;
  focused = -1;
  share = 1;
  lastMove = -Infinity;
  glide = null;
  morph = null;
  onView = new Signal();
  onLayout = new Signal();

  constructor(catalogue, camera) {
    this.catalogue = catalogue;
    this.camera = camera;
    this.element = byId("stage");
    this.visible = new Uint8Array(catalogue.n).fill(1);
    this.layout = catalogue.layouts[0];
    this.points = this.makePoints();
    this.points.place(this.layout, this.layout);
    new ResizeObserver(() => this.resize()).observe(this.element);
  }

  makePoints() {
    const canvas = byId("map");
    try {
      const points = new WebglPoints(canvas, this.catalogue.order);
      this.element.dataset.points = "webgl";
      canvas.addEventListener("webglcontextlost", () => this.goFlat());
      return points;
    } catch {
      return this.makeFlat();
    }
  }

  makeFlat() {
    // A canvas that was asked for WebGL once gives no other context.
    const old = byId("map");
    const canvas = old.cloneNode(false);
    old.replaceWith(canvas);
    this.element.dataset.points = "flat";
    return new FlatPoints(canvas, this.catalogue.order);
  }

  // The graphics card went away: go on without.
  goFlat() {
    this.points = this.makeFlat();
    this.points.place(this.layout, this.layout);
    this.repaint();
    this.resize();
    this.onFlat?.();
  }

  get canvas() {
    return byId("map");
  }

  get nearby() {
    return this.catalogue.nearby(this.layout);
  }

  resize() {
    const { clientWidth, clientHeight } = this.element;
    if (!clientWidth || !clientHeight) return;
    this.camera.resize(clientWidth, clientHeight, this.nearby.box);
    this.points.resize(clientWidth, clientHeight, Math.min(window.devicePixelRatio, 2));
    this.request();
  }

  // Change the view by hand: what it was gliding to is given up.
  move(change) {
    this.glide = null;
    change(this.camera);
    this.lastMove = performance.now();
    this.request();
  }

  glideTo(view) {
    if (prefersStillness()) {
      this.move((camera) => camera.set(view));
      return;
    }
    this.glide = { from: this.camera.view(), to: view, start: performance.now() };
    this.request();
  }

  fit() {
    this.glideTo(this.camera.around(this.nearby.box));
  }

  // Let the view hold some products.
  goTo(rows) {
    const drawn = rows.filter((row) => this.layout.x[row] !== NOWHERE);
    if (drawn.length) this.glideTo(this.camera.around(boxOf(drawn, this.layout.x, this.layout.y), 24));
  }

  // Bring a product into the view, if it is not well within it.
  reveal(row) {
    const place = this.screenPlace(row);
    if (!place) return;
    const { width, height } = this.camera;
    const margin = Math.min(80, width / 5, height / 5);
    const within = (value, most) => value > margin && value < most - margin;
    if (within(place[0], width) && within(place[1], height)) return;
    const [u, v] = this.mapPlace(row);
    this.glideTo({ x: u, y: v, scale: this.camera.scale });
  }

  setLayout(layout) {
    if (layout === this.layout) return;
    const from = this.layout;
    this.layout = layout;
    this.camera.fitScale = Infinity;
    const whole = this.camera.around(this.nearby.box);
    this.camera.fitScale = whole.scale;
    if (prefersStillness()) {
      this.points.place(layout, layout);
      this.camera.set(whole);
    } else {
      this.points.place(from, layout);
      this.morph = { start: performance.now() };
      this.glide = { from: this.camera.view(), to: whole, start: performance.now(), ms: MOVE_MS };
    }
    this.onLayout.tell();
    this.request();
  }

  mapPlace(row) {
    return [this.layout.x[row] / FINEST, this.layout.y[row] / FINEST];
  }

  // Where a product is drawn, in pixels from the stage's corner; null for nowhere.
  screenPlace(row) {
    if (row < 0 || this.layout.x[row] === NOWHERE) return null;
    return this.camera.toScreen(...this.mapPlace(row));
  }

  // The product under the pointer; -1 for none.
  at(left, top, reach_px) {
    const covering = this.covers?.(left, top) ?? -1;
    if (covering >= 0) return covering;
    const [u, v] = this.camera.toMap(left, top);
    return this.nearby.nearest(u, v, reach_px / this.camera.scale, (row) => this.visible[row]);
  }

  // Products in view that are not filtered out, from the middle outwards.
  inView() {
    const rows = [];
    this.nearby.within(this.camera.bounds(), (row) => { if (this.visible[row]) rows.push(row); });
    const away = (row) => {
      const [u, v] = this.mapPlace(row);
      return (u - this.camera.x) ** 2 + (v - this.camera.y) ** 2;
    };
    return rows.sort((a, b) => away(a) - away(b));
  }

  get size() {
    const { width, height, zoom } = this.camera;
    const roomy = 0.75 * Math.sqrt((width * height) / Math.max(1, this.catalogue.n));
    return limit(limit(roomy, 1.6, 7) * Math.max(1, zoom) ** 0.4, 1.6, 14);
  }

  // Colour all points anew: `palette` is of the groups, with what has none at its end.
  paint(colouring, palette) {
    this.colouring = colouring;
    this.palette = palette;
    this.repaint();
  }

  repaint() {
    const { catalogue, visible, marked, colouring, palette } = this;
    const colours = new Uint32Array(catalogue.n);
    const usual = catalogue.n > 100_000 ? 160 : 215;
    const top = [];
    const grey = GREY[0] | (GREY[1] << 8) | (GREY[2] << 16);
    for (let row = 0; row < catalogue.n; row++) {
      const code = colouring ? colouring.codes[row] : 0;
      const colour = palette[Math.min(code, palette.length - 1)];
      if (!visible[row]) colours[row] = (grey | (FAINT << 24)) >>> 0;
      else if (!marked) colours[row] = (colour | (usual << 24)) >>> 0;
      // Without colour: where many lie over one another they would outshine what is marked.
      else if (!marked[row]) colours[row] = (grey | (DIM << 24)) >>> 0;
      else {
        colours[row] = (colour | (STRONG << 24)) >>> 0;
        top.push(row);
      }
    }
    this.points.paint(colours, top);
    this.request();
  }

  request() {
    if (this.frame) return;
    this.asked = performance.now();
    this.frame = requestAnimationFrame((now) => {
      this.frame = null;
      this.draw(now);
    });
  }

  draw(now) {
    const moves = this.advance(now) || now - this.lastMove < REST_MS;
    const share = moves ? this.share : 1;
    const { size } = this;
    this.points.draw(this.camera, {
      blend: this.morph ? this.morph.blend : 1, size, topSize: Math.max(size * 1.5, 4.5), share,
    });
    this.onView.tell(Boolean(this.morph));
    if (moves) this.adapt(performance.now() - this.asked);
    if (this.glide || this.morph) this.request();
    // Once it rests, all points are drawn.
    else if (share < 1) setTimeout(() => this.request(), REST_MS);
  }

  // Take the next step of what moves by itself; tell whether anything does.
  advance(now) {
    const { glide, morph } = this;
    if (glide) {
      const step = eased((now - glide.start) / (glide.ms ?? GLIDE_MS));
      const between = (name) => glide.from[name] + (glide.to[name] - glide.from[name]) * step;
      const scale = glide.from.scale * (glide.to.scale / glide.from.scale) ** step;
      this.camera.set({ x: between("x"), y: between("y"), scale });
      if (step >= 1) this.glide = null;
    }
    if (morph) {
      morph.blend = eased((now - morph.start) / MOVE_MS);
      if (morph.blend >= 1) {
        this.morph = null;
        this.points.place(this.layout, this.layout);
      }
    }
    return Boolean(glide || morph);
  }

  // Draw so many points while moving as this machine can: what is too much lets frames wait.
  adapt(waited_ms) {
    if (waited_ms > SLOW_MS) this.share = Math.max(LEAST_SHARE, this.share * limit(QUICK_MS / waited_ms, 0.3, 0.8));
    else if (waited_ms < QUICK_MS) this.share = Math.min(1, this.share * 1.06);
  }
}

function eased(step) {
  const within = limit(step, 0, 1);
  return within * within * (3 - 2 * within);
}

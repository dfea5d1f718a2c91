// Points drawn by the graphics card, through WebGL 2.
const VERTEX_SHADER = `#version 300 es
in vec2 from;
in vec2 to;
in vec4 colour;
uniform vec2 scale;
uniform vec2 shift;
uniform float blend;
uniform float size;
out vec4 tint;
void main() {
  vec2 place = mix(from, to, blend) * (65535.0 / 65534.0);
  bool drawn = colour.a > 0.0 && max(from.x, to.x) < 0.99999;
  gl_Position = drawn ? vec4(place * scale + shift, 0.0, 1.0) : vec4(2.0, 2.0, 2.0, 1.0);
  gl_PointSize = size;
  tint = vec4(colour.rgb * colour.a, colour.a);
}`;
const FRAGMENT_SHADER = `#version 300 es
precision mediump float;
in vec4 tint;
uniform highp float size;
out vec4 pixel;
void main() {
  float away = length(gl_PointCoord - 0.5) * size;
  // Below three pixels a disc is not told from a square.
  pixel = size < 3.0 ? tint : tint * clamp(size * 0.5 - away + 0.5, 0.0, 1.0);
}`;
const IMITATIONS = /swiftshader|llvmpipe|softpipe|software|basic render/i;

class WebglPoints {
  // Throws where there is no WebGL 2, or only one that the processor imitates.
  constructor(canvas, order) {
    this.canvas = canvas;
    this.order = order;
    this.ranks = ranksOf(order);
    this.gl = canvas.getContext("webgl2", { antialias: false, depth: false });
    if (!this.gl) throw new Error("This browser has no WebGL 2.");
    const asked = this.gl.getExtension("WEBGL_debug_renderer_info");
    const renderer = asked ? this.gl.getParameter(asked.UNMASKED_RENDERER_WEBGL) : "";
    if (IMITATIONS.test(renderer)) throw new Error(`WebGL is imitated by ${renderer}.`);
    this.link();
    this.buffers = { from: this.buffer("from", 2, "UNSIGNED_SHORT"),
      to: this.buffer("to", 2, "UNSIGNED_SHORT"), colour: this.buffer("colour", 4, "UNSIGNED_BYTE") };
    this.top = this.gl.createBuffer();
    this.onTop = 0;
    this.gl.enable(this.gl.BLEND);
    this.gl.blendFunc(this.gl.ONE, this.gl.ONE_MINUS_SRC_ALPHA);
    this.gl.clearColor(0, 0, 0, 0);
  }

  link() {
    const { gl } = this;
    this.program = gl.createProgram();
    for (const [kind, source] of [["VERTEX_SHADER", VERTEX_SHADER], ["FRAGMENT_SHADER", FRAGMENT_SHADER]]) {
      const shader = gl.createShader(gl[kind]);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(this.program, shader);
    }
    gl.linkProgram(this.program);
    if (!gl.getProgramParameter(this.program, gl.LINK_STATUS)) {
      throw new Error(`The shaders do not link: ${gl.getProgramInfoLog(this.program)}`);
    }
    gl.useProgram(this.program);
    this.uniforms = Object.fromEntries(
      ["scale", "shift", "blend", "size"].map((name) => [name, gl.getUniformLocation(this.program, name)]),
    );
  }

  buffer(name, values, kind) {
    const { gl } = this;
    const buffer = gl.createBuffer();
    const place = gl.getAttribLocation(this.program, name);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.enableVertexAttribArray(place);
    gl.vertexAttribPointer(place, values, gl[kind], true, 0, 0);
    return buffer;
  }

  fill(buffer, values) {
    this.gl.bindBuffer(this.gl.ARRAY_BUFFER, buffer);
    this.gl.bufferData(this.gl.ARRAY_BUFFER, values, this.gl.DYNAMIC_DRAW);
  }

  // Layouts between which points move; the same twice when they rest.
  place(from, to) {
    this.fill(this.buffers.from, this.pairs(from));
    this.fill(this.buffers.to, this.pairs(to));
  }

  pairs({ x, y }) {
    const pairs = new Uint16Array(2 * this.order.length);
    this.order.forEach((row, rank) => {
      pairs[2 * rank] = x[row];
      pairs[2 * rank + 1] = y[row];
    });
    return pairs;
  }

  // Colours of the rows as 32-bit RGBA, 0 for what is not drawn; and rows drawn over the others.
  paint(colours, top) {
    const ranked = new Uint32Array(this.order.length);
    this.order.forEach((row, rank) => { ranked[rank] = colours[row]; });
    this.fill(this.buffers.colour, new Uint8Array(ranked.buffer));
    this.onTop = top.length;
    this.gl.bindBuffer(this.gl.ELEMENT_ARRAY_BUFFER, this.top);
    this.gl.bufferData(
      this.gl.ELEMENT_ARRAY_BUFFER, Uint32Array.from(top, (row) => this.ranks[row]), this.gl.DYNAMIC_DRAW,
    );
  }

  resize(width, height, ratio) {
    this.ratio = ratio;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.gl.viewport(0, 0, this.canvas.width, this.canvas.height);
  }

  // `share` of the points, from 0 to 1, in an order that is random.
  draw(camera, { blend, size, topSize, share }) {
    const { gl, uniforms } = this;
    const scale = [(2 * camera.scale) / camera.width, (2 * camera.scale) / camera.height];
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.uniform2fv(uniforms.scale, scale);
    gl.uniform2f(uniforms.shift, -camera.x * scale[0], -camera.y * scale[1]);
    gl.uniform1f(uniforms.blend, blend);
    gl.uniform1f(uniforms.size, size * this.ratio);
    gl.drawArrays(gl.POINTS, 0, Math.ceil(this.order.length * share));
    if (this.onTop) {
      gl.uniform1f(uniforms.size, topSize * this.ratio);
      gl.drawElements(gl.POINTS, this.onTop, gl.UNSIGNED_INT, 0);
    }
  }
}

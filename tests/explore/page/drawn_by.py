"""With a graphics card or without: both ways of the page to draw, on any machine."""

DRAWN_BY = {
    # Also by WebGL that the processor imitates, which the page would not use by itself.
    "webgl": """const real = WebGL2RenderingContext.prototype.getExtension;
        WebGL2RenderingContext.prototype.getExtension = function (name) {
          return name === "WEBGL_debug_renderer_info" ? null : real.call(this, name);
        };""",
    "flat": """const real = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
          return kind === "webgl2" ? null : real.call(this, kind, ...rest);
        };""",
}
"""What makes a page draw its points in one of its two ways, whatever the machine has."""

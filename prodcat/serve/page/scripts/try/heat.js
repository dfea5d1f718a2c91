// Where in the picture the answer comes from: its heat over what the model sees.
import { make } from "../dom.js";
import { t } from "../words.js";
import { factor } from "./why.js";

const FOR = [230, 120, 0];
const AGAINST = [30, 110, 230];
const STRONGEST = 0.65;
const LEAST_SCALE = 0.5;

export function heatMap(picture) {
  const canvas = make("canvas", { className: "heat", aria: { hidden: "true" } });
  const image = make("img", { src: picture.seen, alt: t("why.picture_alt", { where: whereabouts(picture), strength: factor(picture.strongest.influence) }) });
  const stack = make("div", { className: "heat-stack" }, image, canvas);
  stack.style.aspectRatio = `${picture.width} / ${picture.height}`;
  paint(canvas, picture.influence);
  const box = make("input", { type: "checkbox", checked: true });
  box.addEventListener("change", () => { canvas.hidden = !box.checked; });
  const way = picture.strongest.influence > 0 ? "why.picture_for" : "why.picture_against";
  return make("figure", {}, stack,
    make("figcaption", { className: "hint" },
      make("label", {}, box, t("why.heat")),
      make("p", { textContent: t(way, { where: whereabouts(picture), factor: factor(picture.strongest.influence) }) }),
      make("p", { textContent: t("why.colours") })));
}

function whereabouts({ strongest, height, width }) {
  const [top, left, bottom, right] = strongest.window;
  const third = (middle, whole) => Math.min(2, Math.floor((3 * middle) / whole));
  return t(`place.${third((top + bottom) / 2, height)}${third((left + right) / 2, width)}`);
}

// One pixel for each place; the browser smooths them when it makes them large.
function paint(canvas, rows) {
  canvas.height = rows.length;
  canvas.width = rows[0]?.length ?? 1;
  const scale = Math.max(LEAST_SCALE, ...rows.flat().map(Math.abs));
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(canvas.width, canvas.height);
  rows.flat().forEach((value, place) => {
    pixels.data.set(value > 0 ? FOR : AGAINST, 4 * place);
    pixels.data[4 * place + 3] = Math.round(255 * STRONGEST * Math.min(1, Math.abs(value) / scale));
  });
  context.putImageData(pixels, 0, 0);
}

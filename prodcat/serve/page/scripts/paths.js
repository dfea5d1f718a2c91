// How a category's path is shown.
import { make, showable } from "./dom.js";

// Its names, from the root down.
export function pathOf(names, { quiet = false } = {}) {
  const shown = make("span", { className: quiet ? "path quiet-path" : "path" });
  names.forEach((name, place) => {
    if (place) shown.append(make("span", { className: "between", textContent: " › " }));
    shown.append(make("span", { className: place === names.length - 1 ? "last" : "", textContent: showable(name, 200) }));
  });
  return shown;
}

export const inOneLine = (names) => names.map((name) => showable(name, 200)).join(" › ");

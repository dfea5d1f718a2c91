// A text whose words are coloured by what they did: orange for, blue against.
import { make, showable } from "../dom.js";
import { t } from "../words.js";
import { factor } from "./why.js";

const LEAST = 0.04;
const STRENGTHS = 5;

export function markedText(part, { text, read }, words, scale) {
  // Places are counted in characters, of which JavaScript may have two for one.
  const characters = [...text];
  const between = (start, end) => showable(characters.slice(start, end).join(""), 200_000);
  const places = words.flatMap((word) => word.places.filter((place) => place.part === part).map((place) => ({ ...place, word })))
    .sort((a, b) => a.start - b.start || a.end - b.end);
  const line = make("p", {}, make("span", { className: "label", textContent: t(`part.${part}`) }));
  let at = 0;
  for (const { start, end, word } of places) {
    if (start < at) continue;
    line.append(between(at, start), marked(between(start, end), word.influence, scale));
    at = end;
  }
  line.append(between(at, Math.max(read, at)));
  if (read < characters.length) {
    line.append(make("span", { className: "not-read", title: t("why.not_read"), textContent: between(Math.max(read, at), characters.length) }));
  }
  return line;
}

function marked(text, influence, scale) {
  const share = Math.min(1, Math.abs(influence) / scale);
  if (share < LEAST) return text;
  const way = influence > 0 ? "for" : "against";
  const strength = Math.max(1, Math.ceil(share * STRENGTHS));
  const mark = make("mark", { className: `${way} strength-${strength}`, title: t(`why.${way}`, { factor: factor(influence) }), textContent: text });
  // Those who do not see colours are told of the strong ones.
  if (strength >= 2) mark.append(make("span", { className: "unseen", textContent: ` (${t(`why.${way}_short`)}) ` }));
  return mark;
}

// Products to click, those that come with prodcat.
import { byId, make, showable } from "../dom.js";
import { BASE } from "../service.js";
import { onLanguage, t } from "../words.js";

const FOLDER = new URL("page/examples/", BASE);

export async function readExamples() {
  const response = await fetch(new URL("products.jsonl", FOLDER));
  if (!response.ok) return [];
  return (await response.text()).split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

export const pictureOf = async (example) =>
  (example.image ? (await fetch(new URL(example.image, FOLDER))).blob() : null);

function labelOf(example) {
  const said = example.name ?? example.description?.replace(/<[^>]*>/g, "").trim();
  return said ? showable(said, 60) : t("examples.picture_alone");
}

export async function showExamples(onChoose) {
  const place = byId("examples");
  const examples = await readExamples();
  const list = () => place.replaceChildren(...examples.map((example) => {
    const picture = example.image
      ? make("img", { src: new URL(example.image, FOLDER).href, alt: "", width: 30, height: 40 })
      : make("span", { className: "no-picture", aria: { hidden: "true" }, textContent: "Aa" });
    const button = make("button", { type: "button" }, picture, make("span", { textContent: labelOf(example) }));
    button.addEventListener("click", async () => onChoose({ ...example, image: await pictureOf(example) }));
    return make("li", {}, button);
  }));
  list();
  onLanguage(list);
}

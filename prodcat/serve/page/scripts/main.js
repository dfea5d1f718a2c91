// Puts the parts together: words, the model, and one of three views by the address.
import { addStyles, byId, showable } from "./dom.js";
import { clearNotice, startProblems } from "./problems.js";
import { askJson, tried } from "./service.js";
import { startWords, t, onLanguage } from "./words.js";
import { TryView } from "./try/view.js";

const VIEWS = ["try", "table", "model"];
const open = {};
let model = null;
const words = startWords();

// The view of an address such as #table/1f3a…, and what else it says.
function wanted() {
  const [view, rest = ""] = location.hash.slice(1).split("/");
  return VIEWS.includes(view) ? [view, rest] : ["try", ""];
}

async function show() {
  if (location.hash === "#main") return;
  const [view, rest] = wanted();
  for (const link of document.querySelectorAll("#views a")) {
    if (link.dataset.view === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  for (const name of VIEWS) byId(name).hidden = name !== view;
  document.title = `${t(`view.${view}`)} – prodcat`;
  clearNotice();
  if (model === null) return;
  // What the first page does not need comes when it is looked at.
  if (view === "table") open.table ??= bring("table").then((found) => new found.TableView(byId("table"), model, toTry));
  if (view === "model") open.model ??= bring("model").then((found) => new found.ModelView(byId("model"), model));
  const shown = await open[view];
  document.body.dataset.view = view;
  await shown?.show?.(rest);
}

async function bring(view) {
  const styles = addStyles(new URL(`../styles/${view}.css`, import.meta.url));
  const found = await import(`./${view}/view.js`);
  await styles;
  return found;
}

function toTry(product) {
  location.hash = "#try";
  open.try.fill(product);
}

async function load() {
  const found = await tried(() => askJson("v1/model"));
  await words;
  if (!found || model) return;
  model = found;
  byId("model-name").textContent = showable(model.name, 80);
  byId("review-link").hidden = !model.review;
  open.try = new TryView(model, async (file) => {
    location.hash = "#table";
    await show();
    (await open.table).bring(file);
  });
  await show();
  document.body.dataset.ready = "";
}

async function start() {
  startProblems();
  // Both at once: what the model is takes as long as what the page says.
  const loaded = load();
  await words;
  addEventListener("hashchange", show);
  document.addEventListener("reachable", load);
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    byId("main").focus();
  });
  onLanguage(() => { document.title = `${t(`view.${wanted()[0]}`)} – prodcat`; });
  await show();
  await loaded;
}

start();

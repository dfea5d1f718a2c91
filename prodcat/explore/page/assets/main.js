// Puts the parts together.
async function start() {
  new Theme();
  if (!("DecompressionStream" in window)) {
    throw new Error("This browser cannot unpack the map. Any browser since 2023 can.");
  }
  const packed = byId("data");
  const catalogue = new Catalogue(await unpack(packed.textContent));
  packed.remove();
  const stage = new Stage(catalogue, new Camera());
  const pictures = new Pictures(catalogue);
  const filters = new Filters(catalogue, stage);
  const card = new Card(catalogue, stage, pictures);
  const list = new ProductList(catalogue, stage, pictures, filters);
  const pick = (row) => {
    card.show(row, { pinned: true });
    stage.reveal(row);
    announce(card.spoken(row));
  };
  const lasso = new Lasso(stage, list);
  const tabs = new Tabs(catalogue, stage);
  const drawers = new Drawers(list);
  list.onPick.on((row) => {
    if (isPhone()) drawers.open("");
    pick(row);
  });
  filters.onChange.on(() => {
    if (card.row >= 0 && !stage.visible[card.row]) card.hide();
  });
  new Mosaic(catalogue, stage, pictures, filters);
  new Labels(stage);
  new Search(catalogue, stage, list);
  new Pointer(stage, lasso, card, pick);
  new Keys(stage, card, list, lasso, pick);
  livenPanels(catalogue, tabs, list, pictures, stage);
  openHelp(catalogue);
  stage.resize();
  document.body.dataset.ready = "";
}

// What a panel says of products leads to them.
function livenPanels(catalogue, tabs, list, pictures, stage) {
  const rowsOf = (text) => text.split(/\s+/).map(Number)
    .filter((row) => Number.isInteger(row) && row >= 0 && row < catalogue.n);
  document.addEventListener("click", (event) => {
    const source = event.target.closest?.("[data-show]");
    if (!source) return;
    const rows = rowsOf(source.dataset.show);
    tabs.showMap();
    list.show(source.dataset.title || source.textContent.trim().slice(0, 80), rows);
    // The map has its size again only after the panel went.
    requestAnimationFrame(() => stage.goTo(rows));
  });
  const watch = new IntersectionObserver((seen) => {
    for (const { isIntersecting, target } of seen) {
      if (!isIntersecting) continue;
      watch.unobserve(target);
      const [row] = rowsOf(target.dataset.picture);
      if (row !== undefined) target.replaceWith(pictures.canvas(row, catalogue.name(row)));
    }
  }, { rootMargin: "300px" });
  const load = () => document.querySelectorAll("[data-picture]").forEach((place) => watch.observe(place));
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", load);
  else load();
}

function openHelp(catalogue) {
  const help = byId("help");
  byId("notes").replaceChildren(...catalogue.notes.map((note) => make("li", { textContent: note })));
  byId("help-open").addEventListener("click", () => help.showModal());
  byId("help-close").addEventListener("click", () => help.close());
}

start().catch((error) => {
  const failed = byId("failed");
  failed.hidden = false;
  failed.textContent = `The map cannot be shown: ${error.message}`;
  throw error;
});

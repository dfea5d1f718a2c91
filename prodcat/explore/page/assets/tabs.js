// The tabs: one for each layout of the map, and one for each panel beside it.
class Tabs {
  constructor(catalogue, stage) {
    this.catalogue = catalogue;
    this.stage = stage;
    this.bar = byId("tabs");
    const names = [...catalogue.layouts.map(({ name }) => name), ...catalogue.panels];
    this.tabs = names.map((name, place) => {
      const tab = make("button", { type: "button", textContent: name, id: `tab-${place}` });
      tab.setAttribute("role", "tab");
      const panel = place - catalogue.layouts.length;
      tab.setAttribute("aria-controls", panel < 0 ? "map-view" : `panel-${panel}`);
      if (panel >= 0) byId(`panel-${panel}`).setAttribute("aria-labelledby", tab.id);
      tab.addEventListener("click", () => this.choose(place));
      return tab;
    });
    this.bar.append(...this.tabs);
    this.bar.addEventListener("keydown", (event) => this.key(event));
    this.mark(0);
  }

  choose(place) {
    const panel = place - this.catalogue.layouts.length;
    byId("map-view").hidden = panel >= 0;
    document.body.classList.toggle("on-panel", panel >= 0);
    this.catalogue.panels.forEach((_, i) => { byId(`panel-${i}`).hidden = i !== panel; });
    if (panel < 0) this.stage.setLayout(this.catalogue.layouts[place]);
    this.mark(place);
  }

  // Back to the map, as it was last seen.
  showMap() {
    this.choose(this.catalogue.layouts.indexOf(this.stage.layout));
  }

  mark(place) {
    this.tabs.forEach((tab, i) => {
      tab.setAttribute("aria-selected", String(i === place));
      tab.tabIndex = i === place ? 0 : -1;
    });
    this.tabs[place].scrollIntoView({ block: "nearest", inline: "nearest" });
    const layout = this.catalogue.layouts[place];
    if (layout) {
      byId("map-view").setAttribute("aria-labelledby", `tab-${place}`);
      byId("layout-about").textContent = layout.about;
    }
  }

  key(event) {
    const here = this.tabs.indexOf(document.activeElement);
    const last = this.tabs.length - 1;
    const to = { ArrowRight: here === last ? 0 : here + 1, ArrowLeft: here === 0 ? last : here - 1,
      Home: 0, End: last }[event.key];
    if (here < 0 || to === undefined) return;
    event.preventDefault();
    this.tabs[to].focus();
    this.choose(to);
  }
}

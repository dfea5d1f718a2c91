// On a phone: what lies beside the map on a desk slides over it from below.
class Drawers {
  constructor(list) {
    this.buttons = [...document.querySelectorAll("#bar [data-drawer]")];
    for (const button of this.buttons) {
      button.addEventListener("click", () => {
        const { drawer } = button.dataset;
        this.open(document.body.dataset.drawer === drawer ? "" : drawer);
      });
    }
    list.onChange.on((count) => {
      const button = byId("bar-list");
      button.disabled = count === null;
      button.textContent = count === null ? "List" : `List (${inWords(count)})`;
      if (count === null) {
        if (document.body.dataset.drawer === "list") this.open("");
      } else if (document.activeElement !== byId("search")) this.open("list");
    });
    byId("search").form.addEventListener("submit", () => {
      if (isPhone()) byId("search").blur();
      this.open("list");
    });
  }

  open(drawer) {
    document.body.dataset.drawer = drawer;
    for (const button of this.buttons) {
      button.setAttribute("aria-expanded", String(button.dataset.drawer === drawer));
    }
  }
}

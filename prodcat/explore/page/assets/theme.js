// Light and dark: as the system has it, until one chooses.
class Theme {
  constructor() {
    const system = matchMedia("(prefers-color-scheme: dark)");
    const root = document.documentElement;
    const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
    const button = byId("theme");
    const tell = () => { button.setAttribute("aria-pressed", String(isDark())); };
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      tell();
    });
    system.addEventListener("change", tell);
    tell();
  }
}

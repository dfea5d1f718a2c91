"use strict";
// The page's choices, tables and pictures. Texts reach the page as text, never as HTML.
const DATA = JSON.parse(document.getElementById("data").textContent);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// Run a function of each element when it first comes near the window.
function whenNear(elements, run) {
  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      watch.unobserve(entry.target);
      run(entry.target);
    }
  }, { rootMargin: "400px" });
  elements.forEach((element) => watch.observe(element));
}

function showPane(kind, place) {
  all(`.pane[data-${kind}]`).forEach((pane) => { pane.hidden = pane.dataset[kind] !== String(place); });
  const chooser = document.getElementById(kind);
  if (chooser) chooser.value = String(place);
}

function choosePanes() {
  for (const kind of ["run", "pair"]) {
    const chooser = document.getElementById(kind);
    if (!chooser) continue;
    showPane(kind, 0);
    // What is looked at stays where it is, though what stands above it grows or shrinks.
    chooser.addEventListener("change", () => {
      const here = all("main > section").find((s) => s.getBoundingClientRect().bottom > 80);
      const before = here ? here.getBoundingClientRect().top : 0;
      showPane(kind, chooser.value);
      if (here) window.scrollBy({ top: here.getBoundingClientRect().top - before, behavior: "instant" });
    });
    if (chooser.options.length < 2) chooser.closest("label").hidden = true;
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-choose], [data-choose-pair]");
    if (!button) return;
    const kind = "choose" in button.dataset ? "run" : "pair";
    showPane(kind, button.dataset.choose ?? button.dataset.choosePair);
    document.getElementById(kind === "run" ? "learning" : "pairs").scrollIntoView();
  });
}

// Numbers by size, texts by the alphabet; what is missing comes last either way.
function compareCells(a, b, sign) {
  const [x, y] = [a.dataset.value ?? "", b.dataset.value ?? ""];
  if (x === "" || y === "") return (x === "") - (y === "");
  const [p, q] = [Number(x), Number(y)];
  if (!Number.isNaN(p) && !Number.isNaN(q)) return sign * (p - q);
  return sign * x.localeCompare(y, "en", { numeric: true });
}

function sortBy(heading) {
  const table = heading.closest("table");
  const column = [...heading.parentNode.children].indexOf(heading);
  const first = table.tBodies[0].rows[0]?.cells[column];
  const numbers = first && first.dataset.value !== "" && !Number.isNaN(Number(first.dataset.value));
  const usual = numbers ? "descending" : "ascending";
  const other = numbers ? "ascending" : "descending";
  const order = heading.getAttribute("aria-sort") === usual ? other : usual;
  all("thead [aria-sort]", table).forEach((th) => th.removeAttribute("aria-sort"));
  heading.setAttribute("aria-sort", order);
  const sign = order === "ascending" ? 1 : -1;
  const rows = [...table.tBodies[0].rows];
  rows.sort((a, b) => compareCells(a.cells[column], b.cells[column], sign));
  table.tBodies[0].append(...rows);
}

function filterRows(field) {
  const table = field.closest(".pane").querySelector("table.categories");
  const wanted = field.value.trim().toLowerCase();
  const rows = [...table.tBodies[0].rows];
  let shown = 0;
  for (const row of rows) {
    row.hidden = !row.cells[0].dataset.value.toLowerCase().includes(wanted);
    shown += !row.hidden;
  }
  field.closest(".tools").querySelector("output").textContent = wanted ? `${shown} of ${rows.length}` : "";
}

function markPlace() {
  const links = all("nav a");
  const sections = links.map((link) => document.querySelector(link.getAttribute("href")));
  let last = null;
  const mark = () => {
    let here = sections.findLastIndex((s) => s && s.getBoundingClientRect().top < 140);
    if (here === last) return;
    last = here;
    links.forEach((link, i) => link.classList.toggle("here", i === here));
    const list = links[0].closest("ol");
    const link = links[Math.max(here, 0)];
    list.scrollTo({ left: link.offsetLeft - list.offsetLeft - 40, behavior: "instant" });
  };
  addEventListener("scroll", () => requestAnimationFrame(mark), { passive: true });
  mark();
}

choosePanes();
document.addEventListener("click", (event) => {
  const heading = event.target.closest("table.sortable thead th:has(button)");
  if (heading && event.target.closest("button")) sortBy(heading);
});
document.addEventListener("input", (event) => {
  if (event.target.matches(".filter")) filterRows(event.target);
});
whenNear(all("img[data-picture]"), (image) => {
  image.src = "data:image/jpeg;base64," + DATA.pictures[image.dataset.picture];
});
markPlace();

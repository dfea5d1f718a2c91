// Charts: drawn by plotly when they come near the window, in the page's own colours.
const CONFIG = { displayModeBar: false, responsive: true, doubleClick: "reset" };
const dark = matchMedia("(prefers-color-scheme: dark)");
const touch = matchMedia("(pointer: coarse)").matches;
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// plotly reads some HTML in texts; ours has none.
const plain = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

function themed(layout) {
  const axis = { gridcolor: colour("--line"), linecolor: colour("--line"), tickcolor: colour("--line") };
  return {
    ...layout,
    xaxis: { ...layout.xaxis, ...axis },
    yaxis: { ...layout.yaxis, ...axis },
    shapes: (layout.shapes ?? []).map((shape) => ({
      ...shape, line: { ...shape.line, color: colour("--quiet") },
    })),
    font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: colour("--text") },
    hoverlabel: { bgcolor: colour("--panel"), bordercolor: colour("--line"), font: { color: colour("--text") }, align: "left" },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    // A finger that moves over a chart wants to scroll the page.
    dragmode: touch ? false : (layout.dragmode ?? "zoom"),
  };
}

// Long texts in the box beside the pointer are broken, or a phone would cut them.
function wrapped(text, width = 38) {
  const lines = [""];
  for (const word of text.split(" ")) {
    if (lines.at(-1) && lines.at(-1).length + word.length > width) lines.push("");
    lines.push((lines.pop() + " " + word).trim());
  }
  return lines.join("<br>");
}

function drawChart(box) {
  const { data, layout } = DATA.charts[box.dataset.chart];
  const traces = data.map((trace) => ({ ...trace, text: (trace.text ?? []).map((tip) => wrapped(tip)) }));
  const shown = themed(layout);
  const names = shown.xaxis.ticktext;
  if (names && names.length > 3 && box.clientWidth < 420) {
    // Beside each other they would lie over each other, and plotly would leave some out.
    shown.xaxis.tickangle = -90;
    shown.xaxis.ticktext = names.map((name) => name.replaceAll("<br>", ", "));
  }
  Plotly.newPlot(box, traces, shown, CONFIG);
  const legend = box.parentNode.querySelector(".legend");
  if (legend && !legend.childElementCount) drawLegend(box, legend, data);
}

function drawLegend(box, legend, data) {
  const entries = new Map();
  data.forEach((trace, i) => {
    const name = trace.meta?.legend;
    if (!name) return;
    if (!entries.has(name)) entries.set(name, { colour: trace.meta.colour, traces: [] });
    entries.get(name).traces.push(i);
  });
  if (entries.size < 2) return;
  for (const [name, entry] of entries) {
    const dot = make("span", { className: "dot" });
    dot.style.background = entry.colour;
    const button = make("button", { type: "button", title: "Show or hide" }, dot, name);
    button.setAttribute("aria-pressed", "true");
    button.addEventListener("click", () => {
      const shown = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(shown));
      Plotly.restyle(box, { visible: shown }, entry.traces);
    });
    legend.append(button);
  }
}

whenNear(all("[data-chart]"), drawChart);
dark.addEventListener("change", () => all(".js-plotly-plot[data-chart]").forEach(drawChart));

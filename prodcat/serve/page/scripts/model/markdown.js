// A model's card: the little Markdown that cards are written in, as elements.
import { make, showable } from "../dom.js";

// The sections of a card, one for each heading of the second level.
export function cardSections(text) {
  const sections = [{ title: "", lines: [] }];
  for (const line of showable(text, 200_000).split("\n")) {
    if (line.startsWith("## ")) sections.push({ title: line.slice(3).trim(), lines: [] });
    else if (!line.startsWith("# ")) sections.at(-1).lines.push(line);
  }
  return sections.map(({ title, lines }) => ({ title, content: blocks(lines) })).filter(({ content }) => content.length);
}

function blocks(lines) {
  const found = [];
  for (const block of lines.join("\n").split(/\n\s*\n/)) {
    const rows = block.split("\n").filter((row) => row.trim());
    if (!rows.length) continue;
    if (rows[0].startsWith("|")) found.push(table(rows));
    else if (rows[0].startsWith("- ")) found.push(list(rows));
    else if (rows[0].startsWith("#")) found.push(make("h4", {}, ...inline(rows.join(" ").replace(/^#+\s*/, ""))));
    else found.push(make("p", {}, ...inline(rows.join(" "))));
  }
  return found;
}

function list(rows) {
  const items = [];
  for (const row of rows) {
    if (row.startsWith("- ")) items.push(row.slice(2));
    else items.push(`${items.pop() ?? ""} ${row.trim()}`);
  }
  return make("ul", {}, ...items.map((item) => make("li", {}, ...inline(item))));
}

function table(rows) {
  const cells = rows.map((row) => row.replace(/^\||\|\s*$/g, "").split("|").map((cell) => cell.trim()))
    .filter((row) => !row.every((cell) => /^:?-+:?$/.test(cell)));
  const [head, ...body] = cells;
  const title = head.join(", ");
  return make("div", { className: "scroll", tabIndex: 0, role: "region", aria: { label: title } }, make("table", {},
    make("thead", {}, make("tr", {}, ...head.map((cell) => make("th", { scope: "col" }, ...inline(cell))))),
    make("tbody", {}, ...body.map((row) => make("tr", {}, ...row.map((cell, place) =>
      (place ? make("td", {}, ...inline(cell)) : make("th", { scope: "row" }, ...inline(cell)))))))));
}

// `code` and **bold**; of a link its words, since a card's addresses are a stranger's.
function inline(text) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*|\[[^\]]+\]\([^)]+\))/).map((part) => {
    if (part.startsWith("`") && part.endsWith("`") && part.length > 2) return make("code", { textContent: part.slice(1, -1) });
    if (part.startsWith("**") && part.length > 4) return make("b", { textContent: part.slice(2, -2) });
    const link = /^\[([^\]]+)\]\(([^)]+)\)$/.exec(part);
    return link ? `${link[1]} (${link[2]})` : part;
  });
}

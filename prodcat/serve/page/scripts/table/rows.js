// The rows of answers: read, filtered, sorted.
import { ask } from "../service.js";

export const MOST_ROWS = 50_000;
const TEXT = 300;

// Read the answers of a job; `onCount` is told how many rows there are so far.
export async function readRows(job, onCount, signal) {
  const response = await ask(`v1/jobs/${job.id}/result?format=jsonl`, { signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const columns = { ...job.table.columns, ...job.options.columns };
  const renamed = job.result.renamed ?? {};
  const texts = Object.fromEntries(["name", "description", "id"].map((field) =>
    [field, (columns[field] ?? []).map((column) => renamed[column] ?? column)]));
  const rows = [];
  for (let text = ""; ;) {
    const { value, done } = await reader.read();
    const lines = (text + (value ?? "")).split("\n");
    text = lines.pop();
    for (const line of lines) if (line && rows.length < MOST_ROWS) rows.push(rowOf(JSON.parse(line), rows.length + 1, texts));
    onCount(rows.length);
    if (rows.length >= MOST_ROWS) reader.cancel();
    if (done || rows.length >= MOST_ROWS) return rows;
  }
}

function rowOf(data, number, texts) {
  const text = (field, length) => texts[field].map((column) => data[column])
    .filter((value) => value !== null && value !== undefined && value !== "").map(String).join(" ").slice(0, length);
  const row = { number, id: text("id", TEXT), name: text("name", TEXT), description: text("description", 5000),
    category: data.category, probability: data.probability, abstained: data.abstained, reason: data.reason,
    leaf: data.leaf, leafProbability: data.leaf_probability, alternatives: data.alternatives ?? [], error: data.error };
  row.searched = [row.id, row.name, row.description.slice(0, TEXT), row.category ?? row.leaf].join(" ").toLowerCase();
  return row;
}

export const isSure = (row) => !row.abstained;

// Rows that fit, in the order that is asked for.
export function chosen(rows, { state, words, category, by, down }) {
  const parts = words.toLowerCase().split(/\s+/).filter(Boolean);
  const found = rows.filter((row) =>
    (state === "all" || isSure(row) === (state === "sure"))
    && (category === "" || isBelow(row.category ?? row.leaf, category))
    && parts.every((part) => row.searched.includes(part)));
  const compare = new Intl.Collator(document.documentElement.lang, { numeric: true }).compare;
  const orders = {
    number: (a, b) => a.number - b.number,
    name: (a, b) => compare(a.name || a.description, b.name || b.description),
    category: (a, b) => compare(a.category ?? a.leaf ?? "", b.category ?? b.leaf ?? ""),
    probability: (a, b) => probabilityOf(a) - probabilityOf(b),
  };
  // In the order of the table where there is no other, or no difference.
  found.sort((a, b) => (down ? -1 : 1) * orders[by](a, b) || a.number - b.number);
  return found;
}

export const probabilityOf = (row) => (row.abstained ? row.leafProbability : row.probability) ?? 0;

const isBelow = (path, category) => path === category || Boolean(path?.startsWith(`${category} > `));

// Categories and how many rows each has, those above included.
export function countCategories(rows) {
  const counts = new Map();
  for (const row of rows) {
    const names = (row.category ?? row.leaf ?? "").split(" > ");
    for (let depth = 1; depth <= names.length; depth++) {
      const path = names.slice(0, depth).join(" > ");
      if (path) counts.set(path, (counts.get(path) ?? 0) + 1);
    }
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}

// What the page says, in the reader's language, from messages/*.json.
import { byId } from "./dom.js";

const LANGUAGES = ["en", "de"];
const KEPT = "prodcat.language";
let messages = {};
let language = "en";
const listeners = [];

function keptLanguage() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null; // a browser that keeps nothing
  }
}

function wanted() {
  const names = [keptLanguage(), ...navigator.languages.map((name) => name.slice(0, 2))];
  return names.find((name) => LANGUAGES.includes(name)) ?? "en";
}

// A message by its key; {name} is replaced, and by n one of several forms is taken.
export function t(key, values = {}) {
  let message = messages[key] ?? key;
  if (typeof message === "object") {
    message = message[new Intl.PluralRules(language).select(values.n)] ?? message.other;
  }
  return message.replace(/\{(\w+)\}/g, (_, name) =>
    (typeof values[name] === "number" ? number(values[name]) : String(values[name] ?? "")));
}

export const has = (key) => key in messages;

export const number = (value, digits = 0, least = 0) =>
  value.toLocaleString(language, { maximumFractionDigits: digits, minimumFractionDigits: least });

// A share as per cent; what is nearly all is not told as all, nor hardly any as none.
export function percent(share, digits = 1) {
  const scale = 10 ** (digits + 2);
  const rounded = Math.round(share * scale) / scale;
  const shown = share < 1 && rounded === 1 ? 1 - 1 / scale : rounded;
  if (share > 0 && rounded === 0) return `< ${number(100 / scale, digits)}\u00a0%`;
  return (100 * shown).toLocaleString(language, { maximumFractionDigits: digits }) + "\u00a0%";
}

export const moment = (seconds) =>
  new Date(seconds * 1000).toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });

export function bytes(size) {
  if (size < 1000) return `${number(size)} B`;
  return size < 1e6 ? `${number(size / 1e3)} kB` : `${number(size / 1e6, 1)} MB`;
}

export function duration(seconds) {
  if (seconds < 1) return `${number(Math.max(1, seconds * 1000))} ms`;
  if (seconds < 90) return `${number(seconds, seconds < 10 ? 1 : 0)} s`;
  return `${number(seconds / 60)} min`;
}

// Put the words where the document asks for them.
export function translate(root = document) {
  for (const element of root.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const [data, attribute] of [["tLabel", "aria-label"], ["tAlt", "alt"], ["tPlaceholder", "placeholder"]]) {
    const selector = `[data-${data.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`)}]`;
    for (const element of root.querySelectorAll(selector)) element.setAttribute(attribute, t(element.dataset[data]));
  }
}

export const onLanguage = (listener) => listeners.push(listener);

async function use(name) {
  const answer = await fetch(new URL(`../messages/${name}.json`, import.meta.url));
  messages = await answer.json();
  language = name;
  document.documentElement.lang = name;
  translate();
}

export async function startWords() {
  const choice = byId("language");
  await use(wanted());
  choice.value = language;
  choice.addEventListener("change", async () => {
    try {
      localStorage.setItem(KEPT, choice.value);
    } catch {
      // It lasts as long as the page.
    }
    await use(choice.value);
    for (const listener of listeners) listener();
  });
}

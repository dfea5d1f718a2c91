// Small tools of all that follows. Texts reach the page as text, never as HTML.
export const byId = (id) => document.getElementById(id);

// As prodcat/wording.py has it: controls, and what turns the direction of text around.
const UNSHOWABLE = /[\ud800-\udbff][\udc00-\udfff]|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/g;

export function showable(text, length = 500) {
  const whole = String(text ?? "");
  const shown = whole.slice(0, length).replace(UNSHOWABLE, (part) => (part.length > 1 ? part : " "));
  return whole.length > length ? `${shown}…` : shown;
}

// Make an element: properties as JavaScript has them, `aria` and `data` as attributes.
export function make(tag, { aria = {}, data = {}, role, ...properties } = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  for (const [name, value] of Object.entries(aria)) element.setAttribute(`aria-${name}`, value);
  Object.assign(element.dataset, data);
  if (role) element.setAttribute("role", role);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

export function draw(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// A bar of a share from 0 to 1, for the eye alone: its number stands beside it.
export function bar(share, { mark = null, kind = "" } = {}) {
  const filled = make("span", { className: `bar-fill ${kind}` });
  filled.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  const whole = make("span", { className: "bar", aria: { hidden: "true" } }, filled);
  if (mark !== null) {
    const line = make("span", { className: "bar-mark" });
    line.style.left = `${mark * 100}%`;
    whole.append(line);
  }
  return whole;
}

// Bring in the styles of a view that is looked at only now.
export function addStyles(url) {
  return new Promise((done) => {
    const link = make("link", { rel: "stylesheet", href: url.href });
    link.addEventListener("load", done);
    link.addEventListener("error", done);
    document.head.append(link);
  });
}

let spoken = 0;

// Say something to those who hear the page.
export function announce(text) {
  const live = byId("live");
  // The same words again are a change only if something differs.
  live.textContent = text + (spoken++ % 2 ? "\u00a0" : "");
}

// Run a function once calls have ceased for a while.
export function settled(run, wait_ms) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => run(...values), wait_ms);
  };
}

// Give a file to the one who looks.
export function save(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = make("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

"use strict";
// Small tools of all that follows. Texts reach the page as text, never as HTML.
const byId = (id) => document.getElementById(id);
const inWords = (number) => number.toLocaleString("en");
const limit = (value, low, high) => Math.min(high, Math.max(low, value));
const prefersStillness = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const isPhone = () => matchMedia("(max-width: 800px)").matches;

// As prodcat/wording.py has it: controls, and what turns the direction of text around.
const UNSHOWABLE_OR_PAIR = /[\ud800-\udbff][\udc00-\udfff]|[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/g;

function showable(text, length = 200) {
  return text.slice(0, length).replace(UNSHOWABLE_OR_PAIR, (part) => (part.length > 1 ? part : " "));
}

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// Say something to those who hear the page.
function announce(text) {
  byId("live").textContent = text;
}

// Those who want to know of a change, and one way to tell them.
class Signal {
  listeners = [];

  on(listener) {
    this.listeners.push(listener);
  }

  tell(...values) {
    for (const listener of this.listeners) listener(...values);
  }
}

// Run a function once calls have ceased for a while.
function settled(run, wait_ms) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => run(...values), wait_ms);
  };
}

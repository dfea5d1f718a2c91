// Who decides: a name that is given once and kept in this browser.
import { byId, showable } from "../dom.js";

const KEPT = "prodcat.who";

export function keptName() {
  try {
    return localStorage.getItem(KEPT) ?? "";
  } catch {
    return "";
  }
}

// Ask for a name until there is one.
export function askName(before = "") {
  const dialog = byId("who-dialog");
  byId("who").value = before;
  return new Promise((done) => {
    const closed = () => {
      const name = byId("who").value.trim();
      if (!name && !before) {
        dialog.showModal();
        return;
      }
      dialog.removeEventListener("close", closed);
      try {
        localStorage.setItem(KEPT, name || before);
      } catch {
        // It lasts as long as the page.
      }
      done(name || before);
    };
    dialog.addEventListener("close", closed);
    dialog.showModal();
    byId("who").focus();
  });
}

export function showName(name) {
  const button = byId("who-open");
  button.textContent = showable(name, 40);
  button.hidden = false;
}

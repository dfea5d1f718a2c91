// What went wrong, in one line with what to do; the key; a service that does not answer.
import { byId, showable } from "./dom.js";
import { has, t } from "./words.js";
import { BASE } from "./service.js";

const KEPT = "prodcat.key";
const LOOK_MS = 2000;
let asking = null;
let looking = 0;

export const key = () => sessionStorage.getItem(KEPT);

// A problem in one line: in our words where it is a known one, else in the service's.
export function inWords(problem) {
  const { details, kind } = problem;
  if (has(`problem.${kind}`)) return t(`problem.${kind}`, { limit: details.expected ?? "" });
  return showable([details.detail ?? details.title, details.todo].filter(Boolean).join(" "), 600);
}

export function notice(text, { lasting = false } = {}) {
  const place = byId("notice");
  place.querySelector("p").textContent = text;
  place.querySelector("button").hidden = lasting;
  place.hidden = false;
}

export function clearNotice() {
  if (!looking) byId("notice").hidden = true;
}

export const tellProblem = (problem) => notice(inWords(problem));

// Say that nothing answers, and look until something does.
export function tellUnreachable() {
  notice(t("problem.unreachable"), { lasting: true });
  if (looking) return;
  looking = setInterval(async () => {
    try {
      await fetch(new URL("healthz", BASE), { cache: "no-store" });
      tellReachable();
      document.dispatchEvent(new Event("reachable"));
    } catch {
      // Not yet.
    }
  }, LOOK_MS);
}

export function tellReachable() {
  if (!looking) return;
  clearInterval(looking);
  looking = 0;
  byId("notice").hidden = true;
}

// Ask the reader for a key, once for all requests that wait for one; false where there is none.
export function askForKey(wrong) {
  asking ??= new Promise((done) => {
    const dialog = byId("key-dialog");
    byId("key-wrong").hidden = !wrong;
    byId("key").value = "";
    dialog.returnValue = "";
    dialog.addEventListener("close", () => {
      const given = byId("key").value.trim();
      byId("key").value = "";
      const used = dialog.returnValue === "use" && given !== "";
      if (used) sessionStorage.setItem(KEPT, given);
      byId("key-open").hidden = !key();
      asking = null;
      done(used);
    }, { once: true });
    dialog.showModal();
    byId("key").focus();
  });
  return asking;
}

export function startProblems() {
  byId("notice").querySelector("button").addEventListener("click", () => { byId("notice").hidden = true; });
  byId("key-open").hidden = !key();
  byId("key-open").addEventListener("click", () => askForKey(false));
  addEventListener("offline", tellUnreachable);
}

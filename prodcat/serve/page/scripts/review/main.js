// The queue: a card, a key, the next card; what is decided is sent beside.
import { announce, byId } from "../dom.js";
import { clearNotice, notice, startProblems } from "../problems.js";
import { tried } from "../service.js";
import { onLanguage, startWords, t } from "../words.js";
import { nameOf, showCard, spoken } from "./card.js";
import { Group } from "./group.js";
import { Hand } from "./hand.js";
import { showMarks, wantMarks } from "./marks.js";
import { Outbox } from "./outbox.js";
import { askName, keptName, showName } from "./person.js";
import { Pick } from "./pick.js";
import { ProgressLine } from "./progress.js";
import { makeButtons, showButtons, VERDICTS } from "./verdicts.js";

const LOOK_MS = 15_000;
const REST_MS = 250;

class Review {
  constructor(who) {
    this.who = who;
    this.outbox = new Outbox();
    this.hand = new Hand(who, () => this.outbox.products);
    this.pick = new Pick();
    this.progress = new ProgressLine(who);
    this.card = null;
    this.group = null;
    this.moving = false;
    makeButtons(byId("verdicts"), (verdict) => this.act(verdict));
    document.addEventListener("keydown", (event) => this.onKey(event));
    this.outbox.addEventListener("changed", () => this.showSaving());
    this.outbox.addEventListener("answered", (event) => this.onAnswer(event.detail));
    byId("look-again").addEventListener("click", () => this.next());
    setInterval(() => { if (!this.card && !this.moving && !document.hidden) this.next(); }, LOOK_MS);
    addEventListener("beforeunload", (event) => { if (this.outbox.waiting.length) event.preventDefault(); });
    document.addEventListener("reachable", () => { if (!this.card) this.next(); });
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (document.querySelector("dialog[open]")) return;
    // The field of a dialog that was just closed has the focus for a moment more.
    if (event.target.matches?.("input, textarea, select") && !event.target.closest("dialog")) return;
    const chosen = VERDICTS.find(({ key }) => key === event.key.toLowerCase());
    if (!chosen) return;
    event.preventDefault();
    this.act(chosen.verdict);
  }

  async act(verdict) {
    if (this.moving) return;
    const button = byId("verdicts").querySelector(`[data-verdict=${verdict}]`);
    if (button.disabled) return;
    if (verdict === "undo") this.undo();
    else if (verdict === "group") this.toggleGroup();
    else if (verdict === "other") {
      const { card } = this;
      const category = await this.pick.open(this.who);
      if (category && this.card === card) this.decide({ verdict, category: category.id });
    } else this.decide({ verdict });
  }

  toggleGroup() {
    this.group.toggle(byId("card"));
    showButtons(byId("verdicts"), this.card, this.group);
  }

  decide(what) {
    clearNotice();
    const alike = what.verdict === "skip" ? [] : this.group.covered;
    this.outbox.decide({ who: this.who, product: this.card.data.product, ...what, alike });
    this.hand.without(alike);
    this.next();
  }

  undo() {
    clearNotice();
    this.moving = true;
    byId("card").setAttribute("aria-busy", "true");
    this.outbox.undo(this.who);
  }

  async onAnswer({ entry, answer }) {
    this.progress.look();
    if (entry.path !== "undo") {
      if (!this.card && !this.moving) this.next();
      return;
    }
    this.moving = false;
    byId("card").setAttribute("aria-busy", "false");
    if (!answer?.card) {
      notice(t("review.nothing_to_undo"));
      return;
    }
    this.show(await this.hand.again(answer.card), t("review.taken_back"));
  }

  async next() {
    this.moving = true;
    // What is there already is shown in this very moment.
    if (!this.hand.ready) byId("card").setAttribute("aria-busy", "true");
    const card = await tried(() => this.hand.next());
    this.moving = false;
    this.show(card ?? null, "", card === undefined ? "review.waiting" : "review.nothing");
  }

  show(card, before = "", without = "review.nothing") {
    this.card = card;
    this.group = card && new Group(card);
    byId("nothing").hidden = card !== null;
    byId("card").hidden = card === null;
    showButtons(byId("verdicts"), card, this.group);
    document.body.dataset.ready = "";
    if (card === null) {
      byId("nothing").querySelector("p").textContent = t(without);
      delete byId("card").dataset.product;
      announce(t(without));
      return;
    }
    showCard(byId("card"), card);
    document.title = `${nameOf(card.data)} – prodcat`;
    scrollTo(0, 0);
    announce([before, spoken(card.data)].filter(Boolean).join(" "));
    // Whoever decides faster than that has no need of marked words.
    clearTimeout(this.marking);
    this.marking = setTimeout(() => this.mark(card), card.marks ? 0 : REST_MS);
  }

  async mark(card) {
    await showMarks(byId("card"), card);
    if (this.card === card && this.hand.cards.length) wantMarks(this.hand.cards[0]);
  }

  showSaving() {
    const n = this.outbox.waiting.length;
    byId("saving").textContent = n ? t("review.saving", { n }) : "";
  }
}

async function start() {
  startProblems();
  await startWords();
  document.title = `${t("review.title")} – prodcat`;
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    byId("main").focus();
  });
  const who = keptName() || (await askName());
  showName(who);
  const review = new Review(who);
  byId("who-open").addEventListener("click", async () => {
    // Another person has another queue: what is in hand is given back by time.
    if ((await askName(who)) !== who) location.reload();
  });
  onLanguage(() => { review.show(review.card); review.progress.ask(); });
  await review.next();
}

start();

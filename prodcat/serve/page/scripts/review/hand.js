// Cards in hand: the next ones are there before they are asked for, with their pictures.
import { askJson, pictureUrl } from "../service.js";

const AHEAD = 3;

export class Hand {
  // `busy` tells of which products decisions are on their way.
  constructor(who, busy) {
    this.who = who;
    this.busy = busy;
    this.current = null;
    this.cards = [];
    this.filling = null;
  }

  // The next card; null where there is none for this person now.
  async next() {
    this.current?.drop();
    this.current = null;
    if (!this.cards.length) await this.fill();
    this.current = this.cards.shift() ?? null;
    this.fill().catch(() => {});
    return this.current;
  }

  // Let go of cards that were decided on with another.
  without(products) {
    for (const card of this.cards.filter(({ data }) => products.includes(data.product))) card.drop();
    this.cards = this.cards.filter(({ data }) => !products.includes(data.product));
  }

  // Is there one at once?
  get ready() {
    return this.cards.length > 0 && this.cards[0].ready;
  }

  // Look at a card once more before those in hand.
  async again(data) {
    const now = this.current;
    this.cards = this.cards.filter(({ data: { product } }) => product !== data.product);
    if (now && now.data.product !== data.product) this.cards.unshift(now);
    this.current = new HandCard(data);
    await this.current.prepared;
    return this.current;
  }

  fill() {
    this.filling ??= this.fillAll().finally(() => { this.filling = null; });
    return this.filling;
  }

  async fillAll() {
    while (this.cards.length < AHEAD) {
      const inHand = [this.current, ...this.cards].filter(Boolean).map(({ data }) => data.product);
      const ahead = [...new Set([...inHand, ...this.busy()])].slice(-50);
      const { card } = await askJson("v1/review/next", { who: this.who, ahead });
      if (card === null) return;
      // What was decided on in the meantime is on its way.
      if (ahead.includes(card.product) || this.busy().includes(card.product)) return;
      const held = new HandCard(card);
      if (!this.cards.length) await held.prepared;
      this.cards.push(held);
    }
  }
}

// A card with its pictures as addresses that an <img> can have.
class HandCard {
  constructor(data) {
    this.data = data;
    this.ready = false;
    this.pictures = new Map();
    this.stop = new AbortController();
    this.marks = null;
    this.prepared = this.prepare();
  }

  async prepare() {
    const large = this.picture(this.data.picture);
    for (const one of [...this.data.of_label, ...this.data.of_suggestion]) this.picture(one.picture);
    const url = await large;
    if (url) {
      const image = new Image();
      image.src = url;
      await image.decode().catch(() => {});
      this.image = image;
    }
    this.ready = true;
  }

  // The address of a picture, once; null where there is none.
  picture(path) {
    if (path === null) return Promise.resolve(null);
    if (!this.pictures.has(path)) this.pictures.set(path, pictureUrl(path, this.stop.signal).catch(() => null));
    return this.pictures.get(path);
  }

  drop() {
    this.stop.abort();
    for (const url of this.pictures.values()) url.then((found) => found && URL.revokeObjectURL(found));
  }
}

// The products: what they are called, where they lie and what they belong to.
const NOWHERE = 65535;
const FINEST = 65534;

class Catalogue {
  constructor(payload) {
    const header = payload.header;
    this.payload = payload;
    this.n = header.n;
    this.notes = header.notes;
    this.panels = header.panels;
    this.layouts = header.layouts.map((layout) => ({
      ...layout, x: payload.numbers(layout.x), y: payload.numbers(layout.y), nearby: null,
    }));
    this.colourings = header.colourings.map((colouring) => {
      const codes = payload.numbers(colouring.codes);
      return { ...colouring, codes, none: 2 ** (8 * codes.BYTES_PER_ELEMENT) - 1 };
    });
    this.facts = header.facts;
    this.pictures = header.pictures ?? null;
    this.places = this.pictures ? payload.numbers(this.pictures.places) : null;
    this.texts = new Map();
    this.order = shuffled(this.n);
  }

  // Texts are read when they are first asked for: colours and places do not wait for them.
  lines(section) {
    if (!this.texts.has(section)) this.texts.set(section, this.payload.lines(section));
    return this.texts.get(section);
  }

  id(row) {
    return this.lines(this.payload.header.ids)[row];
  }

  name(row) {
    return this.lines(this.payload.header.names)[row] || "(no name)";
  }

  // Name of a product's group, null for none.
  group(colouring, row) {
    const code = colouring.codes[row];
    return code === colouring.none ? null : colouring.groups[code];
  }

  // Pairs of heading and text, for cards and those who hear the page.
  tell(row) {
    const told = [];
    for (const fact of this.facts) {
      const text = this.lines(fact.values)[row];
      if (text) told.push([fact.name, text, null]);
    }
    for (const colouring of this.colourings) {
      if (!colouring.inCard) continue;
      const text = this.group(colouring, row);
      if (text) told.push([colouring.name, text, colouring.tones[colouring.codes[row]]]);
    }
    return told;
  }

  nearby(layout) {
    layout.nearby ??= new Nearby(layout.x, layout.y);
    return layout.nearby;
  }
}

// Rows in an order that is random, so that a part of them shows the whole, and always the same.
function shuffled(n) {
  const order = new Uint32Array(n);
  let state = 1;
  for (let i = 0; i < n; i++) {
    // Numerical Recipes' generator; 32 bits of it are enough to draw points.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const j = Math.floor((state / 2 ** 32) * (i + 1));
    order[i] = order[j];
    order[j] = i;
  }
  return order;
}

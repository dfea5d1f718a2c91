// Words at places of the layout: as many as do not overlap, the largest first.
const LABEL_ROOM_PX = 11_000;
const APART_PX = 4;

class Labels {
  constructor(stage) {
    this.stage = stage;
    this.box = byId("labels");
    stage.onView.on((morphs) => this.place(morphs));
    stage.onLayout.on(() => this.load());
    this.load();
  }

  load() {
    const { labels } = this.stage.layout;
    const largest = Math.max(1, ...labels.map(([, , , size]) => size));
    this.entries = labels.map(([u, v, text, size]) => {
      const element = make("span", { textContent: text });
      element.style.fontSize = `${(11 + 5 * Math.sqrt(size / largest)).toFixed(1)}px`;
      return { u, v, element, width: 0, height: 0 };
    });
    this.box.replaceChildren(...this.entries.map(({ element }) => element));
    for (const entry of this.entries) {
      entry.width = entry.element.offsetWidth + APART_PX;
      entry.height = entry.element.offsetHeight + APART_PX;
    }
  }

  place(morphs) {
    this.box.hidden = morphs;
    if (morphs) return;
    const { camera } = this.stage;
    const most = limit(Math.round((camera.width * camera.height) / LABEL_ROOM_PX), 6, 70);
    const placed = [];
    for (const { u, v, element, width, height } of this.entries) {
      const [x, y] = camera.toScreen(u, v);
      const box = [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
      const fits = placed.length < most && box[0] >= 0 && box[1] >= 0
        && box[2] <= camera.width - BUTTONS_PX && box[3] <= camera.height
        && placed.every((other) => apart(box, other));
      element.classList.toggle("shown", fits);
      if (!fits) continue;
      placed.push(box);
      element.style.transform = `translate(${(x - width / 2).toFixed(1)}px, ${(y - height / 2).toFixed(1)}px)`;
    }
  }
}

function apart(a, b) {
  return a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1];
}

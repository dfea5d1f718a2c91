// Small pictures of rows, fetched when a row comes into view, and kept while they are likely.
import { make } from "../dom.js";
import { ask } from "../service.js";

const KEPT = 400;

export class Thumbnails {
  constructor(jobId) {
    this.jobId = jobId;
    this.urls = new Map();
    this.closing = new AbortController();
  }

  image(row) {
    const image = make("img", { alt: "", className: "thumbnail", hidden: true });
    this.url(row).then((url) => {
      if (!url) return;
      image.src = url;
      image.hidden = false;
    }, () => {});
    return image;
  }

  url(row) {
    if (!this.urls.has(row)) this.urls.set(row, this.fetch(row));
    if (this.urls.size > KEPT) {
      const [oldest, url] = this.urls.entries().next().value;
      this.urls.delete(oldest);
      url.then((old) => old && URL.revokeObjectURL(old), () => {});
    }
    return this.urls.get(row);
  }

  async fetch(row) {
    const response = await ask(`v1/jobs/${this.jobId}/pictures/${row}`, { signal: this.closing.signal });
    return response.status === 204 ? null : URL.createObjectURL(await response.blob());
  }

  close() {
    this.closing.abort();
    for (const url of this.urls.values()) url.then((old) => old && URL.revokeObjectURL(old), () => {});
    this.urls.clear();
  }
}

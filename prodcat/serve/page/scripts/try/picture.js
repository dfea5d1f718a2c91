// The picture: dropped, pasted, taken or chosen, shown and removed.
import { announce, byId } from "../dom.js";
import { notice } from "../problems.js";
import { bytes, t } from "../words.js";

const TABLE = /\.(csv|tsv|txt|xlsx|ods|json|jsonl|ndjson|parquet|arrow|feather|gz|zip)$/i;
const LONGEST = 2048;

export class Picture {
  constructor(limits, toTable, isOpen) {
    this.limits = limits;
    this.toTable = toTable;
    this.isOpen = isOpen;
    this.file = null;
    this.url = null;
    const inputs = [["picture-choose", "picture-file"], ["picture-take", "picture-camera"]];
    for (const [button, input] of inputs) {
      byId(button).addEventListener("click", () => byId(input).click());
      byId(input).addEventListener("change", () => {
        if (byId(input).files[0]) this.bring(byId(input).files[0]);
        byId(input).value = "";
      });
    }
    byId("picture-remove").addEventListener("click", () => {
      this.set(null);
      byId("picture-choose").focus();
    });
    byId("picture-image").addEventListener("load", () => {
      const { naturalWidth, naturalHeight } = byId("picture-image");
      this.tell(`${naturalWidth} × ${naturalHeight}, ${bytes(this.file?.size ?? 0)}`);
    });
    // The service says what is wrong with it; it may know kinds that this browser does not.
    byId("picture-image").addEventListener("error", () => { if (this.file) this.tell(t("picture.not_shown")); });
    this.listen();
  }

  listen() {
    const place = byId("picture");
    addEventListener("dragover", (event) => {
      if (!this.isOpen() || !event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      place.classList.add("over");
    });
    addEventListener("dragleave", (event) => { if (!event.relatedTarget) place.classList.remove("over"); });
    addEventListener("drop", (event) => {
      place.classList.remove("over");
      if (!this.isOpen() || !event.dataTransfer.files.length) return;
      event.preventDefault();
      this.bring(event.dataTransfer.files[0]);
    });
    document.addEventListener("paste", (event) => {
      const file = [...event.clipboardData.files].find(({ type }) => type.startsWith("image/"));
      if (!this.isOpen() || !file) return;
      event.preventDefault();
      this.bring(file);
    });
  }

  async bring(file) {
    if (TABLE.test(file.name)) {
      this.toTable(file);
      return;
    }
    const fitting = file.size > this.limits.picture_bytes ? await smaller(file) : file;
    if (fitting.size > this.limits.picture_bytes) {
      notice(t("picture.too_large", { limit: bytes(this.limits.picture_bytes) }));
      return;
    }
    this.set(fitting);
    announce(t("picture.there"));
  }

  set(file) {
    if (this.url) URL.revokeObjectURL(this.url);
    this.file = file;
    this.url = file ? URL.createObjectURL(file) : null;
    byId("picture-empty").hidden = Boolean(file);
    byId("picture-shown").hidden = !file;
    this.tell(file ? bytes(file.size) : "");
    if (file) byId("picture-image").src = this.url;
    else byId("picture-image").removeAttribute("src");
  }

  tell(text) {
    byId("picture-facts").textContent = text;
  }
}

// A photograph of a size that the service takes; the file itself where it cannot be read here.
async function smaller(file) {
  try {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return await new Promise((done) => { canvas.toBlob((blob) => done(blob ?? file), "image/jpeg", 0.92); });
  } catch {
    return file;
  }
}

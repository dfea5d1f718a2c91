// The payload of prodcat/explore/page/packing.py: base64, deflated, a header and its sections.

function fromBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream).arrayBuffer();
}

class Payload {
  constructor(buffer) {
    const length = new DataView(buffer).getUint32(0, true);
    this.header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
    this.buffer = buffer;
    this.start = 4 + length;
  }

  // Every processor that a browser runs on today is little-endian, as the payload is.
  numbers(section) {
    const { kind, start, bytes } = this.header.sections[section];
    const Kind = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array }[kind];
    return new Kind(this.buffer, this.start + start, bytes / Kind.BYTES_PER_ELEMENT);
  }

  lines(section) {
    const { start, bytes } = this.header.sections[section];
    const text = new TextDecoder().decode(new Uint8Array(this.buffer, this.start + start, bytes));
    const lines = text.split("\n");
    if (text.includes("\\")) {
      for (let i = 0; i < lines.length; i++) {
        lines[i] = lines[i].replace(/\\(.)/g, (_, sign) => (sign === "n" ? "\n" : sign));
      }
    }
    return lines;
  }
}

async function unpack(text) {
  return new Payload(await inflate(fromBase64(text)));
}

import { deflateSync } from 'node:zlib';
import { strokesOf, type Point } from './strokes';

/** A grey picture to write on. For tests only. */
export class Canvas {
  readonly #ink: Uint8Array;

  constructor(
    readonly width: number,
    readonly height: number,
    paper = 245,
  ) {
    this.#ink = new Uint8Array(width * height).fill(paper);
  }

  /** One dot, darker than what is there or not at all. */
  #dot(x: number, y: number, grey: number): void {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return;
    const at = y * this.width + x;
    this.#ink[at] = Math.min(this.#ink[at] ?? 255, grey);
  }

  rectangle(x: number, y: number, width: number, height: number, grey: number): void {
    for (let row = y; row < y + height; row += 1)
      for (let column = x; column < x + width; column += 1) this.#dot(column, row, grey);
  }

  /** Writes a line of letters, each `pitch` from the next; `size` is their height, all in dots. */
  write(
    text: string,
    { x, y, size, pitch }: { x: number; y: number; size: number; pitch: number },
  ): void {
    const scale = size / 6;
    for (const [place, letter] of [...text].entries()) {
      const at = ([px, py]: Point): Point => [x + place * pitch + px * scale, y + py * scale];
      for (const stroke of strokesOf(letter)) {
        for (const [index, point] of stroke.slice(1).entries()) {
          const from = stroke[index];
          if (from) this.#line(at(from), at(point), Math.max(1.2, size / 11));
        }
      }
    }
  }

  /** A line with soft edges. */
  #line([x1, y1]: Point, [x2, y2]: Point, radius: number): void {
    const length = Math.hypot(x2 - x1, y2 - y1) || 1;
    const reach = radius + 1;
    for (let y = Math.floor(Math.min(y1, y2) - reach); y <= Math.max(y1, y2) + reach; y += 1) {
      for (let x = Math.floor(Math.min(x1, x2) - reach); x <= Math.max(x1, x2) + reach; x += 1) {
        const along = ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / (length * length);
        const share = Math.min(1, Math.max(0, along));
        const away = Math.hypot(x - (x1 + share * (x2 - x1)), y - (y1 + share * (y2 - y1)));
        const cover = Math.min(1, Math.max(0, radius + 0.5 - away));
        if (cover > 0) this.#dot(x, y, Math.round(245 - cover * 225));
      }
    }
  }

  png(): Buffer<ArrayBuffer> {
    const lines = Buffer.alloc((this.width + 1) * this.height);
    for (let y = 0; y < this.height; y += 1) {
      lines.set(this.#ink.subarray(y * this.width, (y + 1) * this.width), y * (this.width + 1) + 1);
    }
    const head = Buffer.alloc(13);
    head.writeUInt32BE(this.width, 0);
    head.writeUInt32BE(this.height, 4);
    head.set([8, 0, 0, 0, 0], 8);
    return Buffer.concat([
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
      chunk('IHDR', head),
      chunk('IDAT', deflateSync(lines)),
      chunk('IEND', Buffer.alloc(0)),
    ]);
  }
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(body, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

function crc32(data: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

import { deflateSync } from 'node:zlib';
import { mrzCheckDigit } from '../../domain/kyc/mrz';

/** Papers of made-up people: pictures that say SPECIMEN, with the lines a passport would have. */
export interface Identity {
  readonly given: string;
  readonly family: string;
  /** YYYY-MM-DD. */
  readonly birthDate: string;
  /** ISO 3166 alpha-3, as a passport writes it. */
  readonly issuer: string;
  readonly number: string;
  readonly expires: string;
  readonly sex: 'F' | 'M';
}

/** The two lines of a passport (ICAO 9303, TD3) with their check digits. */
export function passportLines(person: Identity): string {
  const issuer = person.issuer.padEnd(3, '<');
  const names = `P<${issuer}${latin(person.family)}<<${latin(person.given)}`
    .padEnd(44, '<')
    .slice(0, 44);
  const number = person.number.padEnd(9, '<').slice(0, 9);
  const birth = shortDate(person.birthDate);
  const expires = shortDate(person.expires);
  const optional = '<'.repeat(14);
  const digit = (field: string) => String(mrzCheckDigit(field));
  const first = `${number}${digit(number)}${issuer}${birth}${digit(birth)}${person.sex}${expires}${digit(expires)}${optional}<`;
  const all = `${number}${digit(number)}${birth}${digit(birth)}${expires}${digit(expires)}${optional}<`;
  return `${names}\n${first}${digit(all)}`;
}

function latin(text: string): string {
  return text.toUpperCase().replace(/[^A-Z]/g, '<');
}

function shortDate(date: string): string {
  return date.slice(2).replaceAll('-', '');
}

/** A PNG of a paper with these lines of text on it. */
export function paperPicture(lines: readonly string[], hue: number): Buffer {
  const width = 640;
  const height = 400;
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const stripe = (Math.floor((x + y) / 14) % 2) * 4;
      const at = (y * width + x) * 3;
      pixels[at] = 225 + stripe + (hue === 0 ? 8 : 0);
      pixels[at + 1] = 232 + stripe + (hue === 1 ? 8 : 0);
      pixels[at + 2] = 238 + stripe + (hue === 2 ? 8 : 0);
    }
  }
  rectangle(pixels, width, { x: 40, y: 70, w: 130, h: 170 }, [170, 184, 196]);
  rectangle(pixels, width, { x: 80, y: 95, w: 50, h: 50 }, [120, 138, 152]);
  rectangle(pixels, width, { x: 62, y: 160, w: 86, h: 80 }, [120, 138, 152]);
  lines.forEach((line, index) => {
    const isMachineLine = line.includes('<');
    const y = isMachineLine
      ? 300 + 34 * (index - lines.findIndex((candidate) => candidate.includes('<')))
      : 76 + 30 * index;
    write(pixels, width, { text: line.toUpperCase(), x: isMachineLine ? 30 : 200, y, scale: 2 });
  });
  return png(pixels, width, height);
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

function rectangle(
  pixels: Buffer,
  width: number,
  box: Box,
  colour: readonly [number, number, number],
): void {
  for (let y = box.y; y < box.y + box.h; y += 1) {
    for (let x = box.x; x < box.x + box.w; x += 1) pixels.set(colour, (y * width + x) * 3);
  }
}

function write(
  pixels: Buffer,
  width: number,
  { text, x, y, scale }: { text: string; x: number; y: number; scale: number },
): void {
  [...text].forEach((char, position) => {
    const rows = glyphs[char] ?? glyphs[' '] ?? [];
    rows.forEach((row, dy) => {
      for (let dx = 0; dx < 5; dx += 1) {
        if ((row >> (4 - dx)) & 1) {
          rectangle(
            pixels,
            width,
            { x: x + position * 6 * scale + dx * scale, y: y + dy * scale, w: scale, h: scale },
            [38, 50, 62],
          );
        }
      }
    });
  });
}

/** Five by seven dots, a row a number. */
const glyphs: Readonly<Record<string, readonly number[]>> = {
  ' ': [0, 0, 0, 0, 0, 0, 0],
  '<': [2, 4, 8, 16, 8, 4, 2],
  '-': [0, 0, 0, 14, 0, 0, 0],
  '.': [0, 0, 0, 0, 0, 12, 12],
  ',': [0, 0, 0, 0, 12, 4, 8],
  ':': [0, 12, 12, 0, 12, 12, 0],
  '0': [14, 17, 19, 21, 25, 17, 14],
  '1': [4, 12, 4, 4, 4, 4, 14],
  '2': [14, 17, 1, 2, 4, 8, 31],
  '3': [31, 2, 4, 2, 1, 17, 14],
  '4': [2, 6, 10, 18, 31, 2, 2],
  '5': [31, 16, 30, 1, 1, 17, 14],
  '6': [6, 8, 16, 30, 17, 17, 14],
  '7': [31, 1, 2, 4, 8, 8, 8],
  '8': [14, 17, 17, 14, 17, 17, 14],
  '9': [14, 17, 17, 15, 1, 2, 12],
  A: [14, 17, 17, 31, 17, 17, 17],
  B: [30, 17, 17, 30, 17, 17, 30],
  C: [14, 17, 16, 16, 16, 17, 14],
  D: [28, 18, 17, 17, 17, 18, 28],
  E: [31, 16, 16, 30, 16, 16, 31],
  F: [31, 16, 16, 30, 16, 16, 16],
  G: [14, 17, 16, 23, 17, 17, 15],
  H: [17, 17, 17, 31, 17, 17, 17],
  I: [14, 4, 4, 4, 4, 4, 14],
  J: [7, 2, 2, 2, 2, 18, 12],
  K: [17, 18, 20, 24, 20, 18, 17],
  L: [16, 16, 16, 16, 16, 16, 31],
  M: [17, 27, 21, 21, 17, 17, 17],
  N: [17, 17, 25, 21, 19, 17, 17],
  O: [14, 17, 17, 17, 17, 17, 14],
  P: [30, 17, 17, 30, 16, 16, 16],
  Q: [14, 17, 17, 17, 21, 18, 13],
  R: [30, 17, 17, 30, 20, 18, 17],
  S: [15, 16, 16, 14, 1, 1, 30],
  T: [31, 4, 4, 4, 4, 4, 4],
  U: [17, 17, 17, 17, 17, 17, 14],
  V: [17, 17, 17, 17, 17, 10, 4],
  W: [17, 17, 17, 21, 21, 21, 10],
  X: [17, 17, 10, 4, 10, 17, 17],
  Y: [17, 17, 17, 10, 4, 4, 4],
  Z: [31, 1, 2, 4, 8, 16, 31],
};

/** The smallest PNG: header, one compressed stream of unfiltered rows, end. */
function png(pixels: Buffer, width: number, height: number): Buffer {
  const raw = Buffer.alloc(height * (width * 3 + 1));
  for (let y = 0; y < height; y += 1)
    pixels.copy(raw, y * (width * 3 + 1) + 1, y * width * 3, (y + 1) * width * 3);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(raw)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'ascii'), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  body.copy(whole, 4);
  whole.writeUInt32BE(crc32(body), body.length + 4);
  return whole;
}

function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

import { BankFileFault, quote } from '../fault';

/** A record with its continuations (88), by fields. */
export interface Record {
  readonly code: string;
  /** How many physical records it takes, as the trailers count them. */
  readonly physical: number;
  readonly line: number;
  /** What follows the record code, and what each continuation adds; without the slash at the end. */
  readonly segments: readonly string[];
}

const recordStart = /^(\d{2})(?=[,/])[,/]?/;

/** Within a line: some systems break lines elsewhere than at the end of a record. */
const innerStart =
  /\/\s+(?=(?:02,[^,]*,[^,]*,\d,|03,[^,]+,[A-Z]{0,3},|16,\d{3},[+]?\d*,|49,[+-]?\d*,|88,|98,[+-]?\d*,\d+,|99,[+-]?\d*,\d+,))/;

/** Throws BankFileFault. */
export function readRecords(text: string): readonly Record[] {
  const records: { code: string; physical: number; line: number; segments: string[] }[] = [];
  let ended = true;
  text.split('\n').forEach((raw, index) => {
    const line = index + 1;
    for (const piece of raw.trim().split(innerStart)) {
      if (piece === '') continue;
      const code = recordStart.exec(piece)?.[1];
      const last = records.at(-1);
      const content = piece.replace(/\s*\/$/, '');
      if (code === undefined || !known.has(code)) {
        if (last && !ended) last.segments.push(`${last.segments.pop() ?? ''} ${content}`);
        else throw new BankFileFault(line, 'record code', `${quote(piece)} begins with none`);
      } else if (code === '88') {
        if (!last) throw new BankFileFault(line, '88', 'continues nothing');
        last.physical += 1;
        last.segments.push(content.slice(3));
      } else {
        records.push({ code, physical: 1, line, segments: [content.slice(3)] });
      }
      ended = piece.endsWith('/');
    }
  });
  return records;
}

const known = new Set(['01', '02', '03', '16', '49', '88', '98', '99']);

/** Reads a record's fields one after the other, across continuations. */
export class Fields {
  readonly #segments: string[];

  constructor(readonly record: Record) {
    this.#segments = [...record.segments];
  }

  /** Empty when there are no more. */
  next(): string {
    const [segment] = this.#segments;
    if (segment === undefined) return '';
    const comma = segment.indexOf(',');
    if (comma < 0) {
      this.#segments.shift();
      return segment.trim();
    }
    this.#segments[0] = segment.slice(comma + 1);
    return segment.slice(0, comma).trim();
  }

  get more(): boolean {
    return this.#segments.length > 0;
  }

  /** Everything that is left, as text: commas have no meaning in it. */
  rest(): string {
    return this.#segments.splice(0).join(' ').replace(/\s+/g, ' ').trim();
  }
}

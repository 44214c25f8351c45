import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { ListUnreadable } from './list-file';

/** An element of a record, with everything in it; names are without their prefix. */
export interface XmlElement {
  readonly name: string;
  readonly line: number;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

export interface XmlRecords {
  /** The root's name and attributes, without its children. */
  readonly root: XmlElement;
  readonly records: readonly XmlElement[];
  readonly sha256: string;
}

/** A file and its bytes, piece by piece. */
export interface XmlSource {
  readonly file: string;
  readonly chunks: AsyncIterable<unknown>;
}

export function xmlFile(path: string): XmlSource {
  return { file: basename(path), chunks: createReadStream(path) };
}

const pieceBytes = 256 * 1024;

/** A file that is in memory; others get their turn between its pieces. */
export function xmlBytes(file: string, bytes: Buffer): XmlSource {
  async function* pieces(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      yield bytes.subarray(at, at + pieceBytes);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return { file, chunks: pieces() };
}

interface Open {
  readonly name: string;
  readonly line: number;
  readonly attributes: Map<string, string>;
  readonly children: XmlElement[];
  text: string;
  /** Inside a record: kept; outside only its name is. */
  readonly isKept: boolean;
}

const tagLengthMax = 1 << 20;
const depthMax = 64;
const recordsMax = 1_000_000;
const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

/**
 * Reads the elements of the wanted names out of a large XML file, piece by piece: only records are kept, not the
 * tree. No document type is accepted, so that no entity can grow. Throws `ListUnreadable` naming the line; a
 * file that ends too early is broken.
 */
export async function readXmlRecords(
  { file, chunks }: XmlSource,
  wanted: ReadonlySet<string>,
): Promise<XmlRecords> {
  const reader = new RecordReader(file, wanted);
  const hash = createHash('sha256');
  const decoder = new StringDecoder('utf8');
  try {
    for await (const chunk of chunks) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
      hash.update(bytes);
      reader.write(decoder.write(bytes));
    }
  } catch (error) {
    if (error instanceof ListUnreadable) throw error;
    const problem = error instanceof Error ? error.message : String(error);
    throw new ListUnreadable(file, null, problem.replace(/, open .*/, ''));
  }
  return { ...reader.end(decoder.end()), sha256: hash.digest('hex') };
}

class RecordReader {
  readonly #file: string;
  readonly #wanted: ReadonlySet<string>;
  readonly #open: Open[] = [];
  readonly #records: XmlElement[] = [];
  #root: XmlElement | null = null;
  #rest = '';
  #line = 1;

  constructor(file: string, wanted: ReadonlySet<string>) {
    this.#file = file;
    this.#wanted = wanted;
  }

  write(piece: string): void {
    let text = this.#rest + piece;
    let at = 0;
    for (;;) {
      const start = text.indexOf('<', at);
      if (start < 0) break;
      const end = this.#endOfTag(text, start);
      if (end < 0) break;
      this.#addText(text.slice(at, start));
      this.#tag(text.slice(start, end));
      at = end;
    }
    text = text.slice(at);
    if (text.length > tagLengthMax) throw this.#broken('a tag or text is longer than a megabyte');
    this.#rest = text;
  }

  end(piece: string): Omit<XmlRecords, 'sha256'> {
    this.write(piece);
    if (this.#rest.includes('<')) throw this.#broken('the file ends within a tag');
    const open = this.#open.at(-1);
    if (open !== undefined)
      throw this.#broken(`the file ends before <${open.name}> of line ${open.line} is closed`);
    if (this.#root === null) throw this.#broken('there is no element');
    return { root: this.#root, records: this.#records };
  }

  /** After the tag's last character, or -1 while it is not there yet. A comment or CDATA may hold `>`. */
  #endOfTag(text: string, start: number): number {
    const until = (mark: string): number => {
      const found = text.indexOf(mark, start);
      return found < 0 ? -1 : found + mark.length;
    };
    if (text.startsWith('<!--', start)) return until('-->');
    if (text.startsWith('<![CDATA[', start)) return until(']]>');
    if (text.length - start < 9 && text.startsWith('<!', start)) return -1;
    if (text.startsWith('<?', start)) return until('?>');
    let quote = '';
    for (let at = start + 1; at < text.length; at += 1) {
      const letter = text.charAt(at);
      if (quote !== '') {
        if (letter === quote) quote = '';
      } else if (letter === '"' || letter === "'") quote = letter;
      else if (letter === '>') return at + 1;
    }
    return -1;
  }

  #tag(tag: string): void {
    if (tag.startsWith('<![CDATA[')) this.#addText(tag.slice(9, -3), false);
    else if (tag.startsWith('<!--') || tag.startsWith('<?')) this.#count(tag);
    else if (tag.startsWith('<!')) throw this.#broken('a document type is not accepted');
    else if (tag.startsWith('</')) {
      this.#close(localName(tag.slice(2, -1).trim()));
      this.#count(tag);
    } else {
      const isEmpty = tag.endsWith('/>');
      const name = this.#begin(tag.slice(1, isEmpty ? -2 : -1));
      this.#count(tag);
      if (isEmpty) this.#close(name);
    }
  }

  #begin(inside: string): string {
    const [, full = '', rest = ''] = /^([\p{L}_:][\p{L}\p{N}_:.-]*)([\s\S]*)$/u.exec(inside) ?? [];
    if (full === '') throw this.#broken(`"<${inside.slice(0, 20)}" is no tag`);
    if (this.#open.length >= depthMax) throw this.#broken('elements stand too deep in each other');
    const parent = this.#open.at(-1);
    if (parent === undefined && this.#root !== null) throw this.#broken('there is a second root');
    const name = localName(full);
    this.#open.push({
      name,
      line: this.#line,
      attributes: this.#attributes(rest),
      children: [],
      text: '',
      isKept: parent?.isKept === true || this.#wanted.has(name),
    });
    return name;
  }

  /** One after the other from where the last one ended: a search through a megabyte of blanks would not end. */
  #attributes(text: string): Map<string, string> {
    const attributes = new Map<string, string>();
    let at = 0;
    for (;;) {
      const blanks = lengthOf(/\s*/y, text, at);
      at += blanks;
      if (at === text.length) return attributes;
      const pair = /([\p{L}_:][\p{L}\p{N}_:.-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')/uy;
      pair.lastIndex = at;
      const [all = '', name = '', double, single] = pair.exec(text) ?? [];
      if (blanks === 0 || all === '')
        throw this.#broken(`"${text.slice(at, at + 30).trimEnd()}" is no attribute`);
      attributes.set(localName(name), this.#decoded(double ?? single ?? ''));
      at += all.length;
    }
  }

  #close(name: string): void {
    const open = this.#open.pop();
    if (open?.name !== name)
      throw this.#broken(
        open === undefined
          ? `</${name}> closes nothing`
          : `</${name}> stands where <${open.name}> of line ${open.line} should be closed`,
      );
    const { line, attributes, children } = open;
    const element: XmlElement = { name, line, attributes, children, text: open.text.trim() };
    const parent = this.#open.at(-1);
    if (parent?.isKept) parent.children.push(element);
    else if (open.isKept) {
      if (this.#records.length >= recordsMax) throw this.#broken(`more than ${recordsMax} entries`);
      this.#records.push(element);
    }
    if (parent === undefined) this.#root = { ...element, children: [] };
  }

  #addText(text: string, isEncoded = true): void {
    const open = this.#open.at(-1);
    if (open?.isKept) open.text += isEncoded ? this.#decoded(text) : text;
    else if (open === undefined && text.replace(/^\uFEFF/, '').trim() !== '')
      throw this.#broken('there is text outside of every element');
    this.#count(text);
  }

  #decoded(text: string): string {
    if (!text.includes('&')) return text;
    return text.replace(/&([^;&\s]{0,10});?/g, (all, entity: string) => {
      const code = /^#(?:x([0-9a-f]+)|(\d+))$/i.exec(entity);
      const point = code === null ? NaN : parseInt(code[1] ?? code[2] ?? '', code[1] ? 16 : 10);
      const meant = isCharacter(point) ? String.fromCodePoint(point) : entities[entity];
      if (meant === undefined || !all.endsWith(';')) throw this.#broken(`"${all}" is no character`);
      return meant;
    });
  }

  #count(text: string): void {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#line += 1;
  }

  #broken(problem: string): ListUnreadable {
    return new ListUnreadable(this.#file, this.#line, problem);
  }
}

function lengthOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}

/** XML has no NUL and no half characters, and PostgreSQL keeps none. */
function isCharacter(point: number): boolean {
  return point > 0 && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

export function childrenNamed(element: XmlElement | undefined, name: string): XmlElement[] {
  return element?.children.filter((child) => child.name === name) ?? [];
}

/** The children of a list element: `<akaList><aka/>…`. */
export function listedIn(element: XmlElement, list: string, name: string): XmlElement[] {
  return childrenNamed(element, list).flatMap((each) => childrenNamed(each, name));
}

/** The text of the first child of the name; null when it is missing or empty. */
export function textOf(element: XmlElement | undefined, name: string): string | null {
  const text = childrenNamed(element, name)[0]?.text ?? '';
  return text === '' ? null : text;
}

export function attributeOf(element: XmlElement | undefined, name: string): string | null {
  const value = element?.attributes.get(name)?.trim() ?? '';
  return value === '' ? null : value;
}

import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { simpleParser, type ParsedMail } from 'mailparser';
import { Journal, syncFolder } from '../journal/journal';

/** A caught mail as the list shows it. */
export interface Caught {
  readonly id: string;
  readonly receivedAt: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly messageId: string;
  readonly bytes: number;
}

export interface CaughtWhole extends Caught {
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly html: string;
  /** Every http(s) address in the mail, in order, each once. */
  readonly links: readonly string[];
}

export interface Filter {
  readonly to?: string;
  readonly since?: string;
  readonly subject?: string;
  readonly limit: number;
}

const table = 'messages';

/** The mail that came, on disk: the raw message in a file of its own, the list in a journal. */
export class Catcher {
  readonly #folder: string;
  readonly journal: Journal;

  constructor(data: string) {
    this.journal = new Journal(join(data, 'mail.jsonl'));
    this.#folder = join(data, 'messages');
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
  }

  /** Keeps a mail; it is on disk when this returns. */
  async keep(raw: Buffer, envelope: { from: string; to: readonly string[] }): Promise<Caught> {
    const mail = await simpleParser(raw);
    const count = this.journal.rows(table).size + 1;
    const caught: Caught = {
      id: `m${String(count).padStart(6, '0')}`,
      receivedAt: new Date().toISOString(),
      from: envelope.from,
      to: envelope.to,
      subject: mail.subject ?? '',
      messageId: mail.messageId ?? '',
      bytes: raw.length,
    };
    writeDurably(this.#folder, `${caught.id}.eml`, raw);
    this.journal.commit([{ table, id: caught.id, row: caught }]);
    return caught;
  }

  /** The newest first. */
  list(filter: Filter): Caught[] {
    const to = filter.to?.toLowerCase();
    return this.#all()
      .filter((row) => to === undefined || row.to.some((address) => address.toLowerCase() === to))
      .filter((row) => filter.since === undefined || row.receivedAt >= filter.since)
      .filter((row) => filter.subject === undefined || row.subject.includes(filter.subject))
      .reverse()
      .slice(0, filter.limit);
  }

  raw(id: string): Buffer | undefined {
    return this.journal.rows(table).has(id)
      ? readFileSync(join(this.#folder, `${id}.eml`))
      : undefined;
  }

  async whole(id: string): Promise<CaughtWhole | undefined> {
    const caught = this.#all().find((row) => row.id === id);
    const raw = this.raw(id);
    if (!caught || !raw) return undefined;
    const mail = await simpleParser(raw);
    const html = typeof mail.html === 'string' ? mail.html : '';
    const text = mail.text ?? '';
    return { ...caught, headers: headersOf(mail), text, html, links: linksOf(text, html) };
  }

  close(): void {
    this.journal.close();
  }

  #all(): Caught[] {
    return [...this.journal.rows(table).values()] as Caught[];
  }
}

function headersOf(mail: ParsedMail): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const header of mail.headerLines) {
    const { key, line } = header;
    headers[key] = line.slice(line.indexOf(':') + 1).trim();
  }
  return headers;
}

function linksOf(text: string, html: string): string[] {
  const inText = text.match(/https?:\/\/[^\s<>"')\]]+/g) ?? [];
  const inHtml = [...html.matchAll(/href="(https?:\/\/[^"]+)"/g)].map((match) =>
    (match[1] ?? '').replaceAll('&amp;', '&').replaceAll('&#x3D;', '='),
  );
  return [...new Set([...inText, ...inHtml])];
}

/** Writes beside, syncs, renames, syncs the folder: the file is there whole or not at all. */
function writeDurably(folder: string, name: string, content: Buffer): void {
  const next = join(folder, `${name}.next`);
  const handle = openSync(next, 'w', 0o600);
  let written = 0;
  while (written < content.length) written += writeSync(handle, content, written);
  fsyncSync(handle);
  closeSync(handle);
  renameSync(next, join(folder, name));
  syncFolder(folder);
}

import { Refusal } from '../brokerage/refusal';

const PASSWORD_KEYS = [
  'password',
  'passmain',
  'passinvestor',
  'passphone',
  'mainpassword',
  'investpassword',
  'phonepassword',
];

/**
 * Parameters of one command from the query and the body, the body winning. `PassMain`, `pass_main` and `passmain`
 * are one name. A password in the query is refused: it would end up in every log on the way.
 * On the raw wire, which has no addresses that anybody logs, all of a command counts as its body.
 */
export class Params {
  readonly #values = new Map<string, string>();

  constructor(query: URLSearchParams, body: Record<string, unknown>) {
    for (const [key, value] of query) {
      if (PASSWORD_KEYS.includes(plain(key))) throw new Refusal('parameters');
      this.#values.set(plain(key), value);
    }
    for (const [key, value] of Object.entries(body)) {
      const text = Array.isArray(value) ? value.map(asText).join(',') : asText(value);
      if (text !== null) this.#values.set(plain(key), text);
    }
  }

  has(name: string): boolean {
    return this.#values.has(plain(name));
  }

  text(name: string): string {
    return this.#values.get(plain(name)) ?? '';
  }

  /** First of several spellings that was given. */
  anyOf(...names: string[]): string {
    return names.map((name) => this.text(name)).find((value) => value !== '') ?? '';
  }

  /** A whole number that must be there; refuses with 3. */
  whole(name: string): number {
    const text = this.text(name);
    if (!/^-?\d{1,15}$/.test(text)) throw new Refusal('parameters');
    return Number(text);
  }

  wholeOr(name: string, otherwise: number): number {
    return this.text(name) === '' ? otherwise : this.whole(name);
  }

  /** A comma separated list of whole numbers, each once. */
  wholes(name: string): number[] {
    const parts = this.text(name)
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
    if (!parts.every((part) => /^\d{1,15}$/.test(part))) throw new Refusal('parameters');
    return [...new Set(parts.map(Number))];
  }
}

/** Reads a request body by its content, whatever its declared type: clients send JSON as a form. Refuses with 3. */
export function parseBody(text: string): Record<string, unknown> {
  const trimmed = text.trim();
  if (trimmed === '') return {};
  if (!trimmed.startsWith('{')) return Object.fromEntries(new URLSearchParams(trimmed));
  try {
    return JSON.parse(trimmed) as Record<string, unknown>;
  } catch {
    throw new Refusal('parameters');
  }
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll('_', '');
}

function asText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return null;
}

import { canCarry, type Field } from './fields';
import type { Markers } from './markers';

/** For tests only: one answer of the API or of a page. */
export interface Exchange {
  /** `POST /api/v1/registrations` */
  readonly request: string;
  readonly status: number;
  /** Headers and body. */
  readonly answer: string;
  /** After a refused form its page is shown again, with what was typed into it, to who typed it. */
  readonly kind: 'api' | 'page' | 'page shown again';
  /** Whose answer it is: `anna`; on the API nobody in particular. */
  readonly who: string;
}

export interface TypedValue {
  /** As in `Field.path`. */
  readonly path: string;
  readonly value: unknown;
}

/** What was typed where, and everything that was answered. */
export class Transcript {
  readonly exchanges: Exchange[] = [];
  /** `POST /api/v1/registrations name` of requests that were carried out with a marker there. */
  readonly #taken = new Set<string>();
  readonly #refused = new Set<string>();

  constructor(
    readonly markers: Markers,
    /** Fields that keep nothing, by the same name, with what stands in the way. */
    readonly onlyChecked: Readonly<Record<string, string>>,
  ) {}

  write(exchange: Exchange, typed: readonly TypedValue[]): void {
    this.exchanges.push(exchange);
    if (exchange.status >= 400) return;
    for (const { path, value } of typed) {
      const text = typeof value === 'string' ? value : JSON.stringify(value ?? '');
      if (this.markers.found(text).length > 0) this.#taken.add(`${exchange.request} ${path}`);
    }
  }

  /** Tries a marker in each field of the request that is only checked: it has to be refused. */
  async probe(
    request: string,
    typed: readonly TypedValue[],
    send: (path: string, text: string) => Promise<{ readonly status: number }>,
  ): Promise<void> {
    for (const path of new Set(typed.map((each) => each.path))) {
      const name = `${request} ${path}`;
      if (this.onlyChecked[name] === undefined || this.#refused.has(name)) continue;
      const text = this.markers.word(`probe of ${name}`).toLowerCase();
      const { status } = await send(path, text);
      if (status < 400) throw new Error(`${name} is not only checked: "${text}" was taken`);
      this.#refused.add(name);
    }
  }

  /** The fields that can carry personal data into which none has been typed. */
  untouched(fields: readonly Field[]): string[] {
    return fields
      .filter(({ schema }) => canCarry(schema))
      .map(({ operation, path }) => `${operation} ${path}`)
      .filter((name) => {
        if (this.onlyChecked[name] !== undefined) return !this.#refused.has(name);
        // `body.*` is any place inside `body`.
        const [parent = ''] = name.split('.*');
        return !(name.endsWith('.*')
          ? [...this.#taken].some((place) => place.startsWith(`${parent}.`))
          : this.#taken.has(name));
      });
  }
}

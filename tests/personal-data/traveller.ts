import { randomUUID } from 'node:crypto';
import { valuesOf, withValueAt } from './fields';
import type { Transcript, TypedValue } from './transcript';

/** For tests only: a request of the API, by an operation of the document. */
export interface Sending {
  readonly token?: string | undefined;
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON; a text goes as it is. */
  readonly body?: unknown;
  readonly form?: FormData;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Body = Readonly<Record<string, unknown>>;

export interface Answered {
  readonly status: number;
  readonly body: Body;
  readonly text: string;
}

/** Uses the HTTP API and writes down everything that is typed and answered. */
export class Traveller {
  constructor(
    readonly url: string,
    readonly transcript: Transcript,
  ) {}

  /** Calls an operation by the path of the document: `/api/v1/tasks/{id}`. */
  async send(method: string, template: string, sending: Sending = {}): Promise<Answered> {
    const path = template.replace(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(sending.params?.[name] ?? ''),
    );
    const query = sending.query ? `?${new URLSearchParams(sending.query).toString()}` : '';
    const raw = typeof sending.body === 'string' ? sending.body : JSON.stringify(sending.body);
    const response = await fetch(new URL(path + query, this.url), {
      method,
      redirect: 'manual',
      headers: {
        ...(sending.token ? { authorization: `Bearer ${sending.token}` } : {}),
        ...(method === 'GET' ? {} : { 'idempotency-key': randomUUID() }),
        ...(sending.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...sending.headers,
      },
      ...(sending.form ? { body: sending.form } : raw === undefined ? {} : { body: raw }),
    });
    const text = await response.text();
    const { status } = response;
    this.transcript.write(
      {
        request: `${method} ${template}`,
        status,
        answer: `${headersOf(response)}\n${text}`,
        kind: 'api',
        who: '',
      },
      sending.form ? valuesOfForm(sending.form) : valuesOf(sending.body),
    );
    return { status, text, body: bodyOf(text) };
  }

  /** As `send`, and throws unless it is answered 2xx; what is only checked there is tried first. */
  async must(method: string, template: string, sending: Sending = {}): Promise<Body> {
    const { form } = sending;
    await this.transcript.probe(
      `${method} ${template}`,
      form ? valuesOfForm(form) : valuesOf(sending.body),
      (path, marker) =>
        this.send(method, template, {
          ...sending,
          ...(form
            ? { form: withFieldAt(form, path, marker) }
            : { body: withValueAt(sending.body, path, marker) }),
        }),
    );
    const { status, body, text } = await this.send(method, template, sending);
    if (status < 300) return body;
    throw new Error(`${method} ${template} answered ${status}: ${text.slice(0, 600)}`);
  }
}

/** The same form with another text in one field. */
function withFieldAt(form: FormData, path: string, text: string): FormData {
  const changed = new FormData();
  for (const [name, value] of form.entries()) changed.append(name, name === path ? text : value);
  return changed;
}

function bodyOf(text: string): Body {
  const parsed: unknown = text.startsWith('{') ? JSON.parse(text) : undefined;
  return Object.fromEntries(Object.entries(parsed ?? {}));
}

/** The name of a file is typed, too. */
export function valuesOfForm(form: FormData): TypedValue[] {
  return [...form.entries()].map(([path, value]) => ({
    path,
    value: typeof value === 'string' ? value : value.name,
  }));
}

export function headersOf(response: Pick<Response, 'headers'>): string {
  return [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
}

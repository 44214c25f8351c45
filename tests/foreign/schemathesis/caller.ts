import { randomUUID } from 'node:crypto';
import { text } from '../../../cli/demo/http';
import { password } from './brokerage';

/** An answer's body; every call is answered 2xx or fails the test. */
export type Body = Readonly<Record<string, unknown>>;

export interface Sending {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A token that acts for somebody, and what it can do with the API. */
export class Caller {
  constructor(
    readonly url: string,
    readonly token: string | undefined,
  ) {}

  async send(method: string, path: string, { body, headers }: Sending = {}): Promise<Body> {
    const response = await fetch(new URL(path, this.url), {
      method,
      headers: {
        ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
        ...(method === 'GET' ? {} : { 'idempotency-key': randomUUID() }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const said = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${said}`);
    return said.startsWith('{') ? (JSON.parse(said) as Body) : {};
  }

  get(path: string): Promise<Body> {
    return this.send('GET', path);
  }

  post(path: string, body?: unknown, headers: Sending['headers'] = {}): Promise<Body> {
    return this.send('POST', path, { body, headers });
  }
}

export type Kind = 'staff' | 'client' | 'partner';

export async function logIn(url: string, kind: Kind, email: string): Promise<Caller> {
  const nobody = new Caller(url, undefined);
  const issued = await nobody.post('/api/v1/tokens', { kind, email, password });
  return new Caller(url, text(issued, 'token'));
}

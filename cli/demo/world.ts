import type { PlatformKind } from '../../domain/trading/capabilities';
import type { Stack } from '../stack/start-stack';
import { call, type ApiAnswer, text } from './http';
import { Mailbox } from './mailbox';

export interface Addresses {
  readonly apiUrl: string;
  readonly mailUrl: string;
  /** Control port of the simulator of each trading platform. */
  readonly control: Readonly<Record<PlatformKind, string>>;
  /** Control port of the card and bank provider's simulator. */
  readonly pspControl: string;
  /** Control port of the chain; undefined where its node is not installed. */
  readonly chainControl: string | undefined;
}

/** Where the parts of a running stack are. */
export function addressesOf(stack: Stack): Addresses {
  const control = (name: PlatformKind | 'psp') => {
    const address = stack.simulators[name]?.['control'];
    if (typeof address !== 'string')
      throw new Error(`the demonstration needs the simulator ${name}`);
    return address;
  };
  const onChain = stack.simulators.chain?.['control'];
  if (!stack.apiUrl || !stack.mailUrl) throw new Error('the demonstration needs API and mail');
  return {
    apiUrl: stack.apiUrl,
    mailUrl: stack.mailUrl,
    control: { mt5: control('mt5'), mt4: control('mt4'), ctrader: control('ctrader') },
    pspControl: control('psp'),
    chainControl: typeof onChain === 'string' ? onChain : undefined,
  };
}

type Body = Readonly<Record<string, unknown>>;

/** Somebody who is logged in and uses the API. */
export class Person {
  readonly #apiUrl: string;

  constructor(
    apiUrl: string,
    readonly email: string,
    readonly token: string,
  ) {
    this.#apiUrl = apiUrl;
  }

  async get(path: string): Promise<Body> {
    return (await this.#call('GET', path)).body;
  }

  async post(path: string, body?: Body): Promise<Body> {
    return (await this.#call('POST', path, { body })).body;
  }

  /** A command on the thing as it was read in this revision. */
  async postAt(revision: number, path: string, body?: Body): Promise<Body> {
    return (await this.#call('POST', path, { body, revision })).body;
  }

  async put(path: string, body: Body): Promise<Body> {
    return (await this.#call('PUT', path, { body })).body;
  }

  async upload(path: string, form: FormData): Promise<Body> {
    return (await call(this.#apiUrl, { method: 'POST', path, form, token: this.token })).body;
  }

  /** A command that must be refused with the status; answers the problem. */
  async refused(status: number, path: string, body?: Body): Promise<Body> {
    return (await this.#call('POST', path, { body, expect: [status] })).body;
  }

  async #call(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    {
      body,
      expect,
      revision,
    }: { body?: Body | undefined; expect?: readonly number[]; revision?: number } = {},
  ): Promise<ApiAnswer> {
    return call(this.#apiUrl, {
      method,
      path,
      token: this.token,
      ...(revision === undefined ? {} : { revision }),
      ...(body === undefined ? {} : { body }),
      ...(expect ? { expect } : {}),
    });
  }
}

/** What the scenario knows of the world: addresses, a run id, and people who log in. */
export class World {
  readonly mailbox: Mailbox;

  constructor(
    readonly addresses: Addresses,
    /** Tells this run's e-mails and names from those of other runs on the same data. */
    readonly run: string,
  ) {
    this.mailbox = new Mailbox(addresses.mailUrl);
  }

  async anonymous(
    method: 'GET' | 'POST',
    path: string,
    body?: Body,
    expect?: readonly number[],
  ): Promise<ApiAnswer> {
    return call(this.addresses.apiUrl, {
      method,
      path,
      ...(body === undefined ? {} : { body }),
      ...(expect ? { expect } : {}),
    });
  }

  /** Logs in and gets a token of one hour; undefined when the log-in does not exist (yet). */
  async logIn(
    kind: 'staff' | 'client' | 'partner',
    email: string,
    password: string,
  ): Promise<Person | undefined> {
    const answer = await this.anonymous(
      'POST',
      '/api/v1/tokens',
      { kind, email, password },
      [200, 201, 401],
    );
    return answer.status === 401
      ? undefined
      : new Person(this.addresses.apiUrl, email, text(answer.body, 'token'));
  }

  address(alias: string): string {
    return `${alias}.${this.run}@example.com`;
  }
}

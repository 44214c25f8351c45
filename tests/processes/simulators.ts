import { answer } from '../../cli/stack/children';
import type { ReadyLine } from '../../cli/stack/child';
import type { PlatformKind } from '../../domain/trading/capabilities';

/** Hands on the foreign systems: what their operators, traders, payers or bad luck would do. */

async function call(url: string, method: string, body?: object): Promise<unknown> {
  const response = await fetch(url, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const said: unknown = await response.json();
  if (!response.ok) throw new Error(`${method} ${url}: ${JSON.stringify(said)}`);
  return said;
}

export interface ServerAccount {
  readonly login: number;
  readonly balance: string;
  readonly credit: string;
  readonly deals: number;
  readonly agrees: boolean;
  /** As the platform's own bits. */
  readonly rights: number;
  readonly swapFree: boolean;
  readonly group: string;
}

/** A deal as the server keeps it: an operation of the house, or a trader's. */
export interface ServerDeal {
  /** As the server counts; `ticketOf` gives the product's. */
  readonly ticket: number;
  readonly isOperation: boolean;
  readonly amount: string;
  readonly comment: string;
  readonly externalId: string;
  readonly isHidden: boolean;
}

/** All that one log-in was given, shown or not, and what the server has still to book. */
export interface ServerDeals {
  readonly deals: readonly ServerDeal[];
  readonly late: readonly { readonly amount: string }[];
}

/** The hand on a trading server of any make: their control ports are alike. */
export class ServerHand {
  readonly #control: string;

  constructor(
    readonly name: PlatformKind,
    line: ReadyLine | undefined,
  ) {
    if (!line) throw new Error(`the stage has no ${name}`);
    this.#control = answer(name, line, 'control');
  }

  control(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown> {
    return call(`${this.#control}${path}`, method, body);
  }

  /** Plants a fault (simulators/brokerage/faults.ts), by default on the next balance operation; answers its id. */
  async fault(kind: string, details: object = {}): Promise<string> {
    const planted = (await this.control('POST', '/faults', { kind, ...details })) as { id: string };
    return planted.id;
  }

  async lift(faultId: string): Promise<void> {
    await this.control('DELETE', `/faults/${faultId}`);
  }

  async clearFaults(): Promise<void> {
    await this.control('DELETE', '/faults');
  }

  /** Which of these faults have still to strike, by their kinds. */
  async unspent(faultIds: readonly string[]): Promise<string[]> {
    const { faults } = (await this.control('GET', '/faults')) as {
      faults: readonly { readonly id: string; readonly kind: string; readonly times: number }[];
    };
    return faults
      .filter(({ id, times }) => faultIds.includes(id) && times !== 0)
      .map(({ kind }) => kind);
  }

  async accounts(): Promise<readonly ServerAccount[]> {
    const { accounts } = (await this.control('GET', '/state')) as { accounts: ServerAccount[] };
    return accounts;
  }

  async account(login: string): Promise<ServerAccount> {
    const found = (await this.accounts()).find((account) => String(account.login) === login);
    if (!found) throw new Error(`the server has no log-in ${login}`);
    return found;
  }

  async deals(login: string): Promise<ServerDeals> {
    return (await this.control('GET', `/deals/${login}`)) as ServerDeals;
  }
}

export interface PspRow {
  readonly id: string;
  readonly amountMinor: string;
  readonly status: string;
}

type PspTable = 'intents' | 'charges' | 'refunds' | 'payouts';

export const visa = { number: '4242424242424242', exp_month: 12, exp_year: 2039 };

export class PspHand {
  readonly #control: string;

  constructor(line: ReadyLine) {
    this.#control = answer('psp', line, 'control');
  }

  control(path: string, body: object): Promise<unknown> {
    return call(`${this.#control}${path}`, 'POST', body);
  }

  async fault(kind: string, details: object = {}): Promise<void> {
    await this.control('/faults', { kind, ...details });
  }

  async clearFaults(): Promise<void> {
    await call(`${this.#control}/faults`, 'DELETE');
  }

  /** Pays on the provider's page as a payer would. */
  async payAt(page: string, card: object = visa): Promise<void> {
    const secret = new URL(page).searchParams.get('client_secret');
    await call(page, 'POST', { client_secret: secret, ...card });
  }

  /** All that the providers have done or are about to do. */
  async effects(): Promise<PspEffect[]> {
    return ((await call(`${this.#control}/effects`, 'GET')) as { effects: PspEffect[] }).effects;
  }

  /** What the provider has under our id. */
  async stateOf(table: PspTable, operationId: string): Promise<PspRow[]> {
    const state = (await call(`${this.#control}/state`, 'GET')) as Record<
      PspTable,
      (PspRow & { reference?: string; operationId?: string })[]
    >;
    return state[table].filter((row) => (row.reference ?? row.operationId) === operationId);
  }
}

/** A payment, refund or payout as its provider has carried it out. */
export interface PspEffect {
  readonly operation: 'payment' | 'refund' | 'payout';
  /** Ours. */
  readonly reference: string;
  readonly amountMinor: string;
  readonly currency: string;
}

export interface CaughtMail {
  readonly id: string;
  readonly subject: string;
  readonly messageId: string;
  readonly receivedAt: string;
}

export class MailHand {
  readonly web: string;
  readonly #control: string;

  constructor(line: ReadyLine) {
    this.web = answer('mail', line, 'web');
    this.#control = answer('mail', line, 'control');
  }

  async fault(kind: string, details: object = {}): Promise<void> {
    await call(`${this.#control}/faults`, 'POST', { kind, ...details });
  }

  async to(address: string): Promise<CaughtMail[]> {
    const url = `${this.web}/messages?to=${encodeURIComponent(address)}`;
    return ((await call(url, 'GET')) as { messages: CaughtMail[] }).messages;
  }

  async read(id: string): Promise<{ readonly text: string; readonly links: readonly string[] }> {
    return (await call(`${this.web}/messages/${id}`, 'GET')) as {
      text: string;
      links: string[];
    };
  }
}

export interface VerifierApplicant {
  readonly id: string;
  readonly reference: string;
  readonly status: string;
  readonly documents: readonly { readonly idDocType: string; readonly bytes: number }[];
}

/** The hand on the outside verifier: what its own people would do, and what they have. */
export class VerifierHand {
  readonly #control: string;

  constructor(line: ReadyLine | undefined) {
    if (!line) throw new Error('the stage has no verifier');
    this.#control = answer('verifier', line, 'control');
  }

  async fault(kind: string, details: object = {}): Promise<void> {
    await call(`${this.#control}/faults`, 'POST', { kind, ...details });
  }

  async clearFaults(): Promise<void> {
    await call(`${this.#control}/faults`, 'DELETE');
  }

  /** Decides on the check of that id. */
  async review(reference: string, result: object): Promise<void> {
    await call(`${this.#control}/review`, 'POST', { reference, ...result });
  }

  async redeliver(): Promise<void> {
    await call(`${this.#control}/redeliver`, 'POST', {});
  }

  async applicants(): Promise<VerifierApplicant[]> {
    return ((await call(`${this.#control}/state`, 'GET')) as { applicants: VerifierApplicant[] })
      .applicants;
  }

  async deliveries(): Promise<{ type: string; state: string }[]> {
    return (
      (await call(`${this.#control}/state`, 'GET')) as {
        deliveries: { type: string; state: string }[];
      }
    ).deliveries;
  }
}

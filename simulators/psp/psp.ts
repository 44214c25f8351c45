import { type FaultBook } from '../faults/faults';
import { type Change } from '../journal/journal';
import { type CardAccount } from './cards/accounts';
import { put, type ProviderSide, type Settlement, type State } from './state';
import { type Webhooks } from './webhooks';

export const operations = ['payment', 'pay', 'refund', 'payout', 'lookup'] as const;
export type Operation = (typeof operations)[number];

/** What the routes of the simulator share. */
export interface Psp {
  readonly state: State;
  readonly faults: FaultBook;
  readonly webhooks: Webhooks;
  readonly settlements: Settlements;
  /** Of each account at the card provider: what requests bear, and what webhooks are signed with. */
  readonly cardSecrets: Readonly<
    Record<CardAccount, { readonly key: string; readonly webhook: string }>
  >;
  readonly bankKey: string;
  /** A secret of one of the other providers, by a name of ours. */
  readonly secretOf: (name: string) => string;
  /** How long a payout, or a refund that does not succeed at once, is under way. */
  readonly settleMs: number;
}

/** Commits the changes and starts the webhooks among them. */
export function commit(psp: Psp, changes: readonly Change[]): void {
  psp.state.journal.commit(changes);
  psp.webhooks.kick();
}

/** The rows of an event whose webhook body is `body`. */
export function announce(
  psp: Psp,
  event: {
    side: ProviderSide;
    id: string;
    type: string;
    /** JSON, or a text as it is. */
    body: unknown;
    contentType?: string;
    url?: string;
  },
): Change[] {
  const { body, ...rest } = event;
  return psp.webhooks.rowsOf({
    ...rest,
    createdMs: Date.now(),
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** Carries out settlements when they are due; what was due before a restart is done after it. */
export class Settlements {
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #settle: (settlement: Settlement) => void;
  readonly #state: State;

  constructor(state: State, settle: (settlement: Settlement) => void) {
    this.#state = state;
    this.#settle = settle;
  }

  /** Sets a timer for every settlement that has none. */
  arm(): void {
    for (const settlement of this.#state.all('settlements')) {
      if (this.#timers.has(settlement.id)) continue;
      const waitMs = Math.max(0, settlement.dueMs - Date.now());
      this.#timers.set(
        settlement.id,
        setTimeout(() => this.now(settlement), waitMs),
      );
    }
  }

  now(settlement: Settlement): void {
    clearTimeout(this.#timers.get(settlement.id));
    this.#timers.delete(settlement.id);
    this.#settle(settlement);
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}

/** How a refund or payout will go on, when a fault asks for something unusual. */
export function settlementOf(
  psp: Psp,
  id: string,
  operation: Operation,
  content: string,
): Settlement | 'never' | undefined {
  const fault = psp.faults.take(['pending', 'fail_later'], { operation, content });
  if (!fault) return undefined;
  if (fault.kind === 'pending' && fault.ms === null) return 'never';
  return {
    id,
    dueMs: Date.now() + (fault.ms ?? psp.settleMs),
    to: fault.kind === 'pending' ? 'done' : 'failed',
    code: fault.code ?? '',
  };
}

export function settlementRow(settlement: Settlement): Change {
  return put('settlements', settlement.id, settlement);
}

import type { WebhookHeaders } from '../messages';

/** For tests only: what the kit needs of a simulator; `simulators/psp/stage.ts` has it. */
export interface Simulation {
  readonly addresses: {
    readonly stripe: string;
    readonly bank: string;
    readonly checkout: string;
    readonly stripeSecret: string;
    readonly webhookSecret: string;
    readonly bankKey: string;
    /** Settings of the other providers. */
    readonly providers: readonly Readonly<Record<string, string>>[];
  };
  readonly receiver: { readonly received: readonly Arrived[] };
  fault(body: object): Promise<void>;
  clearFaults(): Promise<void>;
  /** Posts to the control port. */
  control(path: string, body: object): Promise<Record<string, unknown>>;
  /** What every provider has moved. */
  effects(): Promise<readonly Moved[]>;
  close(): Promise<void>;
}

/** A message as it arrived. */
export interface Arrived {
  readonly raw: Buffer;
  readonly headers: WebhookHeaders;
  readonly target: string;
}

/** Money that a provider has moved, or is about to. */
export interface Moved {
  readonly side: string;
  readonly operation: 'payment' | 'refund' | 'payout';
  readonly reference: string;
  readonly amountMinor: string;
  readonly state: 'pending' | 'done';
}

/** Starts it; `verdict` says what HTTP status each message is answered with. */
export type StartSimulation = (verdict: (arrived: Arrived) => number) => Promise<Simulation>;

/** Waits until the condition holds; false when it does not within ten seconds. */
export async function comes(condition: () => Promise<boolean> | boolean): Promise<boolean> {
  const deadline = Date.now() + 10_000;
  while (Date.now() < deadline) {
    if (await condition()) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { postJson, startReceiver, type Received, type Receiver } from '../http/receiver';
import { type Effect } from './effects';
import { startPsp, type PspAddresses } from './simulator';

export const visa = { number: '4242424242424242', exp_month: 12, exp_year: 2039 };

export interface StateRow {
  readonly id: string;
  readonly operationId?: string | null;
  readonly reference?: string;
  readonly amountMinor: string;
  readonly refundedMinor?: string;
}

type StateTable = 'intents' | 'refunds' | 'charges' | 'payouts';

/** A provider with a receiver of its webhooks, and the hands a test needs on both. */
export interface Stage {
  readonly addresses: PspAddresses;
  readonly receiver: Receiver;
  fault(body: object): Promise<void>;
  clearFaults(): Promise<void>;
  /** Posts to the control port. */
  control(path: string, body: object): Promise<Record<string, unknown>>;
  /** Pays as a payer on the provider's page would. */
  payAt(page: string, card?: object): Promise<Record<string, unknown>>;
  /** What the provider has of the operation. */
  stateOf(table: StateTable, operationId: string): Promise<StateRow[]>;
  /** What every provider has moved. */
  effects(): Promise<Effect[]>;
  close(): Promise<void>;
}

export async function startStage(verdict: (webhook: Received) => number): Promise<Stage> {
  const receiver = await startReceiver(verdict);
  const data = mkdtempSync(join(tmpdir(), 'psp-'));
  const psp = await startPsp({ data, webhookUrl: receiver.url, settleMs: 50 });
  const { control } = psp.addresses;
  return {
    addresses: psp.addresses,
    receiver,
    fault: async (body) => {
      const answer = await postJson(`${control}/faults`, body);
      if (answer.httpStatus !== 200) throw new Error(String(answer.error));
    },
    clearFaults: async () => {
      await fetch(`${control}/faults`, { method: 'DELETE' });
    },
    control: (path, body) => postJson(`${control}${path}`, body),
    payAt: (page, card = visa) => {
      const secret = new URL(page).searchParams.get('client_secret');
      return postJson(page, { client_secret: secret, ...card });
    },
    stateOf: async (table, operationId) => {
      const response = await fetch(`${control}/state`);
      const state = (await response.json()) as Record<StateTable, StateRow[]>;
      return state[table].filter((row) => (row.reference ?? row.operationId) === operationId);
    },
    effects: async () => {
      const response = await fetch(`${control}/effects`);
      return ((await response.json()) as { effects: Effect[] }).effects;
    },
    close: async () => {
      await psp.close();
      await receiver.close();
    },
  };
}

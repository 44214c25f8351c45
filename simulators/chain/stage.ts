import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { postJson } from '../http/receiver';
import { startChain, type ChainAddresses } from './simulator';

/** What payers, miners and bad luck do on a chain. */
export interface ChainHands {
  fault(kind: string, details?: object): Promise<void>;
  clearFaults(): Promise<void>;
  /** Sends units of a token, or of `ETH`, to the address; it stands in a block when this returns. */
  pay(address: string, units: bigint, token?: string): Promise<void>;
  mine(blocks: number): Promise<void>;
  passTime(seconds: number): Promise<void>;
  /** Makes the last blocks anew, without what stood in them. */
  reorg(blocks: number): Promise<void>;
}

/** A chain of a test's own, and the hands on it. */
export interface ChainStage extends ChainHands {
  readonly addresses: ChainAddresses;
  close(): Promise<void>;
}

export async function startChainStage(): Promise<ChainStage> {
  const data = mkdtempSync(join(tmpdir(), 'chain-'));
  const chain = await startChain({ data, keeps: false });
  const hands = handsOn(chain.addresses.control);
  return {
    ...{ addresses: chain.addresses, ...hands },
    close: async () => {
      await chain.close();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** The hands on a chain, by the address of its control port. */
export function handsOn(control: string): ChainHands {
  const post = async (path: string, body: object) => {
    const answer = await postJson(`${control}${path}`, body);
    if (answer.httpStatus !== 200) throw new Error(`${path}: ${String(answer.error)}`);
  };
  return {
    fault: (kind, details = {}) => post('/faults', { kind, ...details }),
    clearFaults: async () => {
      await fetch(`${control}/faults`, { method: 'DELETE' });
    },
    pay: (address, units, token = 'USDT') =>
      post('/pay', { address, token, units: units.toString() }),
    mine: (blocks) => post('/mine', { blocks }),
    passTime: (seconds) => post('/pass-time', { seconds }),
    reorg: (blocks) => post('/reorg', { blocks }),
  };
}

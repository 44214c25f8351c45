import { startChainStage, type ChainStage } from '../../../simulators/chain/stage';
import type { AddressBook } from '../../../domain/payments/address-book';
import { describeProvider } from '../testing/kit';
import { bookInMemory } from '../testing/address-book';
import type { Moved, Simulation } from '../testing/simulation';
import { createChainProvider } from './chain';
import { chainSettings } from './client';

/** Faults of messages: a chain sends none, so that they befall nothing here. */
const ofMessages = /^webhook_|^bad_signature$/;

const book: AddressBook = bookInMemory();
let chain: ChainStage;
let half = false;
const moved: Moved[] = [];

/** The chain in the words of the kit, whose simulators know payments by our ids. */
async function startSimulation(): Promise<Simulation> {
  chain = await startChainStage();
  return {
    addresses: {
      ...{ stripe: '', bank: '', checkout: '', stripeSecret: '', webhookSecret: '', bankKey: '' },
      providers: [],
    },
    receiver: { received: [] },
    fault: async (body) => {
      const { kind, ms } = { kind: '', ms: undefined, ...body };
      if (kind === 'partial') half = true;
      else if (!ofMessages.test(kind)) await chain.fault(kind, ms === undefined ? {} : { ms });
    },
    clearFaults: async () => {
      half = false;
      await chain.clearFaults();
    },
    control: async (path, body) => {
      if (path !== '/pay-in') return { httpStatus: 404 };
      const { reference } = { reference: '', ...body };
      const given = await book.find({ operationId: reference });
      if (!given) return { httpStatus: 404 };
      const units = half ? given.amountMinor / 2n : given.amountMinor;
      await chain.pay(given.address, units);
      await chain.mine(2);
      moved.push({
        ...{ side: 'chain', operation: 'payment', reference, state: 'done' },
        amountMinor: units.toString(),
      });
      return { httpStatus: 200 };
    },
    effects: () => Promise.resolve(moved),
    close: () => chain.close(),
  };
}

describeProvider({
  name: 'chain',
  operations: ['payment'],
  start: startSimulation,
  // Nothing may be added to a payment, so that half of one is told at once.
  connect: (_stage, timeoutMs) =>
    createChainProvider(
      chainSettings.parse({ ...chain.addresses.provider, timeoutMs, topUpSeconds: 0 }),
      book,
    ),
  payment: { amountMinor: 250_000_000n, currency: 'USDT', rail: 'crypto' },
  tells: [],
  chargebacks: false,
});

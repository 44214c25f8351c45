import { pbkdf2Sync } from 'node:crypto';
import { HDKey } from '@scure/bip32';
import { startChainStage, type ChainStage } from '../../../simulators/chain/stage';
import { bookInMemory } from '../testing/address-book';
import type { KnownOfPayment, PaymentProvider, WatchedMessage, WatchLook } from '../port';
import { checksummed } from '../../../domain/payments/token-address';
import { addressAt, isWatchOnlyKey } from './addresses';
import { createChainProvider } from './chain';
import { chainSettings } from './client';

let chain: ChainStage;
let provider: PaymentProvider;
beforeAll(async () => {
  chain = await startChainStage();
  provider = connect();
});
afterEach(() => chain.clearFaults());
afterAll(() => chain.close());

const book = bookInMemory();

function connect(change: object = {}): PaymentProvider {
  const settings = { ...chain.addresses.provider, timeoutMs: 1_000, ...change };
  return createChainProvider(chainSettings.parse(settings), book);
}

let made = 0;
async function open(at = provider) {
  made += 1;
  const operationId = `dep_${made}`;
  const outcome = await at.createPayment({
    ...{ operationId, amountMinor: 100_000_000n, currency: 'USDT', description: '', returnUrl: '' },
  });
  if (outcome.kind !== 'done') throw new Error(`the payment was ${outcome.kind}`);
  const about = { operationId, providerRef: outcome.providerRef };
  return {
    ...{ operationId, address: outcome.providerRef, nextAction: outcome.nextAction },
    lookUp: () => at.lookUpPayment({ ...about, notBefore: new Date(0) }),
    cancel: (by = at) => by.cancelPayment(about),
  };
}

const nothingKnown: KnownOfPayment = { eventIds: new Set(), paidRefs: new Set(), seen: [] };

/** What the watch knows after these messages, as the record would tell it. */
function knownFrom(messages: readonly WatchedMessage[]): KnownOfPayment {
  const told = messages.map(({ message }) => message);
  return {
    eventIds: new Set(told.map(({ eventId }) => eventId)),
    paidRefs: new Set(
      told.flatMap((one) => (one.type === 'payment_succeeded' ? [one.providerRef] : [])),
    ),
    seen: told.flatMap((one) => (one.type === 'payment_seen' ? [one.transfer] : [])),
  };
}

async function look(operationId: string, known = nothingKnown): Promise<WatchLook> {
  const looked = await provider.watch?.look({ operationId, unreadFrom: 0, known });
  if (looked?.kind !== 'looked') throw new Error(`it was not looked at: ${looked?.reason ?? ''}`);
  return looked;
}

const typesOf = ({ messages }: WatchLook) => messages.map(({ message }) => message.type);

describe('addresses', () => {
  const seed = pbkdf2Sync(`${'test '.repeat(11)}junk`, 'mnemonic', 2048, 64, 'sha512');
  const account = HDKey.fromMasterSeed(seed).derive("m/44'/60'/0'/0");

  it('are those that the node makes of the private key', async () => {
    const response = await fetch(chain.addresses.rpc, {
      method: 'POST',
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_accounts', params: [] }),
    });
    const { result } = (await response.json()) as { result: string[] };
    const derived = result.map((_, index) => addressAt(account.publicExtendedKey, index));
    expect(derived.map((address) => address.toLowerCase())).toEqual(result);
  });

  it('are written with the checksum of EIP-55', () => {
    for (const address of [
      '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
      '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
      '0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB',
      '0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb',
    ]) {
      expect(checksummed(address.toLowerCase())).toBe(address);
    }
  });

  it('come from a public key alone: one that could spend is refused', () => {
    expect(isWatchOnlyKey(account.publicExtendedKey)).toBe(true);
    expect(isWatchOnlyKey(account.privateExtendedKey)).toBe(false);
    expect(isWatchOnlyKey('xpub123')).toBe(false);
  });

  it('are given to one payment each, and to the same again', async () => {
    const [one, other] = [await open(), await open()];
    expect(one.address).not.toBe(other.address);
    expect(one.nextAction).toEqual({
      ...{ kind: 'crypto_address', chain: 'ethereum', token: 'USDT', address: one.address },
      ...{ confirmations: 3, expiresAt: null },
    });
    const again = await provider.createPayment({
      ...{ operationId: one.operationId, amountMinor: 100_000_000n, currency: 'USDT' },
      ...{ description: '', returnUrl: '' },
    });
    expect(again).toMatchObject({ kind: 'done', providerRef: one.address });
  });
});

describe('a payment on the chain', () => {
  it('is open, then waits for confirmations, then is paid', async () => {
    const payment = await open();
    expect(await payment.lookUp()).toMatchObject({ kind: 'found', status: 'open' });
    await chain.pay(payment.address, 100_000_000n);
    expect(await payment.lookUp()).toMatchObject({ status: 'processing' });
    await chain.mine(2);
    expect(await payment.lookUp()).toMatchObject({
      ...{ status: 'succeeded', amountMinor: 100_000_000n, currency: 'USDT' },
    });
  });

  it('is open again when a reorganisation takes it away before it is confirmed', async () => {
    const payment = await open();
    await chain.pay(payment.address, 100_000_000n);
    expect(await payment.lookUp()).toMatchObject({ status: 'processing' });
    await chain.reorg(1);
    expect(await payment.lookUp()).toMatchObject({ status: 'open' });
  });

  it('is told as what it came to: too much at once, and too little in the end', async () => {
    const [more, less] = [await open(), await open()];
    await chain.pay(more.address, 100_000_001n);
    await chain.pay(less.address, 40_000_000n);
    await chain.mine(2);
    expect(await more.lookUp()).toMatchObject({ status: 'succeeded', amountMinor: 100_000_001n });
    expect(await less.lookUp()).toMatchObject({ status: 'processing' });
    await chain.passTime(3_601);
    expect(await less.lookUp()).toMatchObject({ status: 'succeeded', amountMinor: 40_000_000n });
  });

  it('is not paid by another token, nor by the coin', async () => {
    const payment = await open();
    await chain.pay(payment.address, 100_000_000n, 'USDC');
    await chain.pay(payment.address, 100_000_000n, 'FAKE');
    await chain.pay(payment.address, 100_000_000n, 'ETH');
    await chain.mine(3);
    expect(await payment.lookUp()).toMatchObject({ status: 'open' });
  });

  it('is cancelled when nobody has paid, and what comes then is no part of it', async () => {
    const payment = await open();
    expect(await payment.cancel()).toMatchObject({ kind: 'found', status: 'cancelled' });
    await chain.pay(payment.address, 100_000_000n);
    await chain.mine(2);
    expect(await payment.lookUp()).toMatchObject({ status: 'cancelled' });
    expect((await look(payment.operationId)).messages.at(-1)?.message).toMatchObject({
      ...{ type: 'payment_succeeded', amountMinor: 100_000_000n },
    });
  });

  it('is not cancelled while something of it is unconfirmed', async () => {
    const payment = await open();
    await chain.pay(payment.address, 100_000_000n);
    expect(await payment.cancel()).toMatchObject({ status: 'processing' });
    await chain.mine(2);
    expect(await payment.cancel()).toMatchObject({ status: 'succeeded' });
  });
});

describe('a node that cannot be believed', () => {
  it.each(['lose_request', 'lose_reply_after_accept', 'hang', 'error_before_accept'])(
    'is unknown after %s, and gives no address away',
    async (kind) => {
      const before = await open();
      await chain.fault(kind);
      expect(await before.lookUp()).toMatchObject({ kind: 'unknown' });
      await chain.fault(kind);
      await expect(open()).rejects.toThrow('unknown');
    },
  );

  it('lags: a payment that it does not know yet is not called cancelled', async () => {
    const payment = await open();
    await chain.pay(payment.address, 100_000_000n);
    await chain.mine(2);
    await chain.fault('lag', { ms: 4 });
    expect(await payment.lookUp()).not.toMatchObject({ status: 'succeeded' });
  });

  it('whose last block is old gives no address away, and cancels nothing', async () => {
    const payment = await open();
    const tomorrow = Date.now() + 86_400_000;
    const old = connect({ staleSeconds: 900 });
    const clock = jest.spyOn(Date, 'now').mockReturnValue(tomorrow);
    try {
      await expect(open(old)).rejects.toThrow('refused');
      expect(await payment.cancel(old)).toMatchObject({ kind: 'unknown' });
    } finally {
      clock.mockRestore();
    }
  });

  it('of another chain is not asked for anything', async () => {
    await expect(open(connect({ chainId: 1 }))).rejects.toThrow('refused');
  });

  it('that answers short ranges alone is asked in parts', async () => {
    const hasty = connect({ rangeMax: 2 });
    const payment = await open(hasty);
    await chain.mine(5);
    await chain.pay(payment.address, 100_000_000n);
    await chain.mine(2);
    expect(await payment.lookUp()).toMatchObject({ status: 'succeeded' });
  });
});

describe('the watch', () => {
  it('says to whose address something came, and goes on where it was', async () => {
    const payment = await open();
    const { watch } = provider;
    const start = await watch?.readOn({ position: null, open: [], all: [] });
    if (start?.kind !== 'read') throw new Error('it was not read');
    await chain.pay(payment.address, 5n);
    const known = [payment.address];
    const next = await watch?.readOn({ position: start.position, open: known, all: known });
    expect(next).toMatchObject({ kind: 'read', caughtUp: true });
    if (next?.kind !== 'read') throw new Error('it was not read');
    expect(next.touches.map(({ address }) => checksummed(address))).toEqual([payment.address]);
    // Addresses that are too many to name are found among all that the tokens moved.
    const all = await watch?.readOn({ position: start.position, open: [], all: undefined });
    if (all?.kind !== 'read') throw new Error('it was not read');
    expect(all.touches.map(({ address }) => checksummed(address))).toContain(payment.address);
  });

  it('does not go back for a node that lags', async () => {
    const head = await provider.watch?.readOn({ position: null, open: [], all: [] });
    if (head?.kind !== 'read') throw new Error('it was not read');
    await chain.fault('lag', { ms: 3 });
    const behind = await provider.watch?.readOn({ position: head.position, open: [], all: [] });
    expect(behind).toMatchObject({ position: head.position, caughtUp: false });
  });

  it('tells a transfer when it is seen, when it is paid, and each once', async () => {
    const payment = await open();
    await chain.pay(payment.address, 100_000_000n);
    const first = await look(payment.operationId);
    expect(typesOf(first)).toEqual(['payment_seen']);
    expect(first.againSeconds).toBe(1);
    await chain.mine(2);
    const second = await look(payment.operationId, knownFrom(first.messages));
    expect(typesOf(second)).toEqual(['payment_succeeded']);
    const known = knownFrom([...first.messages, ...second.messages]);
    expect(typesOf(await look(payment.operationId, known))).toEqual([]);
    // The payer's address stands in the body, which is kept as ciphertext, and nowhere else.
    const [seen] = first.messages;
    const from = String((JSON.parse(seen?.body ?? '{}') as { from?: string }).from);
    expect(from).toMatch(/^0x[0-9a-f]{40}$/);
    expect(JSON.stringify(seen?.message, (_, v: unknown) => String(v))).not.toContain(from);
  });

  it('tells what a second transfer brings apart from the payment', async () => {
    const payment = await open();
    await chain.pay(payment.address, 100_000_000n);
    await chain.pay(payment.address, 7_000_000n);
    await chain.mine(2);
    const { messages } = await look(payment.operationId);
    const paid = messages.flatMap(({ message }) =>
      message.type === 'payment_succeeded' ? [message] : [],
    );
    expect(paid.map(({ amountMinor }) => amountMinor)).toEqual([100_000_000n, 7_000_000n]);
    expect(new Set(paid.map(({ providerRef }) => providerRef)).size).toBe(2);
  });

  it('tells that what was seen is gone, and whether it had been told as paid', async () => {
    const payment = await open();
    await chain.pay(payment.address, 100_000_000n);
    const seen = await look(payment.operationId);
    await chain.mine(2);
    const paid = await look(payment.operationId, knownFrom(seen.messages));
    await chain.reorg(3);
    const early = await look(payment.operationId, knownFrom(seen.messages));
    expect(early.messages.map(({ message }) => message)).toMatchObject([
      { type: 'payment_dropped', wasPaid: false },
    ]);
    const late = await look(payment.operationId, knownFrom([...seen.messages, ...paid.messages]));
    expect(late.messages.map(({ message }) => message)).toMatchObject([
      { type: 'payment_dropped', wasPaid: true, amountMinor: 100_000_000n },
    ]);
  });

  it('tells what came in another token or in the coin, and of unknown tokens once', async () => {
    const payment = await open();
    await chain.pay(payment.address, 100_000_000n, 'USDC');
    await chain.pay(payment.address, 5n, 'FAKE');
    await chain.pay(payment.address, 6n, 'FAKE');
    await chain.pay(payment.address, 9n, 'ETH');
    const { messages } = await look(payment.operationId);
    const told = new Map(messages.map(({ message }) => [message.eventId, message]));
    expect([...told.values()]).toMatchObject([
      { type: 'payment_stray', code: 'WRONG_TOKEN', currency: 'USDC', amountMinor: 100_000_000n },
      { type: 'payment_stray', code: 'WRONG_TOKEN', currency: chain.addresses.tokens['FAKE'] },
      { type: 'payment_stray', code: 'WRONG_COIN', currency: 'ETH', amountMinor: 9n },
    ]);
  });
});

import { openScratch, type Scratch } from '../tests/proofs/scratch';
import { seedClient, seedDeposit, seedEntities, type SeededClient } from '../tests/proofs/seed';
import { house, wallet } from '../domain/ledger/account';
import { chargebacksOf, type Chargeback } from './chargebacks';
import { rows, type Tx } from './connection';
import type { Json } from './events';
import { readBalance } from './ledger';
import { proveLedger } from './proofs/ledger';
import { restrictionsOf } from './restrictions';
import { takeProviderMessage } from './webhook-intake';

describe('what a provider says of a dispute', () => {
  let scratch: Scratch;
  let client: SeededClient;
  let deposit: string;

  beforeEach(async () => {
    scratch = await openScratch();
    await scratch.asSystem(async (tx) => {
      await seedEntities(tx);
      client = await seedClient(tx, 'cy');
      deposit = await seedDeposit(tx, client, 10_000n);
      await rows(tx, `update deposit set provider_ref = 'pi_1' where id = :deposit`, { deposit });
    });
  });

  afterEach(() => scratch.close());

  let told = 0;
  /** `minute` by the provider's clock. */
  function tell(
    tx: Tx,
    minute: number,
    word: 'opened' | 'open' | 'won' | 'lost',
    change: { readonly [key: string]: Json } = {},
  ) {
    told += 1;
    return takeProviderMessage(tx, {
      provider: 'stripe',
      eventId: `evt_${told}`,
      type: word === 'opened' ? 'dispute_opened' : 'dispute_updated',
      operationId: null,
      occurredAt: new Date(Date.UTC(2026, 10, 1, 0, minute)).toISOString(),
      body: '{}',
      normalised: {
        ...{ providerRef: 'dp_1', paymentRef: 'pi_1', reason: 'fraudulent' },
        ...{ amountMinor: '10000', currency: 'USD' },
        ...(word === 'opened' ? {} : { status: word }),
        ...change,
      },
    });
  }

  async function standing(tx: Tx): Promise<{ chargeback: Chargeback | undefined; wallet: bigint }> {
    const [chargeback] = await chargebacksOf(tx, deposit);
    const { balanceMinor } = await readBalance(tx, wallet(client));
    return { chargeback, wallet: balanceMinor };
  }

  const barred = async (tx: Tx) =>
    (await restrictionsOf(tx, client.clientId)).filter(({ liftedAt }) => liftedAt === null).length;

  it('takes the money again when a dispute that was won is lost after all', async () => {
    await scratch.asSystem(async (tx) => {
      await tell(tx, 0, 'opened');
      await tell(tx, 1, 'won');
      expect(await standing(tx)).toMatchObject({ chargeback: { state: 'won' }, wallet: 10_000n });
      expect(await barred(tx)).toBe(0);
      await tell(tx, 2, 'lost');
      expect(await standing(tx)).toMatchObject({
        chargeback: { state: 'lost', takenMinor: 10_000n },
        wallet: 0n,
      });
      expect(await barred(tx)).toBe(1);
      // Too late to count.
      await tell(tx, 1, 'open');
      expect(await standing(tx)).toMatchObject({ chargeback: { state: 'lost' }, wallet: 0n });
    });
    expect((await proveLedger(scratch.db)).faults).toEqual([]);
  });

  it('ends alike in whatever order its messages come', async () => {
    const messages = [
      [0, 'opened'],
      [1, 'open'],
      [2, 'lost'],
    ] as const;
    for (const order of [
      [2, 0, 1],
      [1, 2, 0],
      [2, 1, 0],
    ]) {
      await scratch.asSystem(async (tx) => {
        for (const position of order) {
          const [minute, word] = messages[position] ?? messages[0];
          await tell(tx, minute, word, {
            providerRef: `dp_${order.join('')}`,
            amountMinor: '1000',
          });
        }
        const [latest] = await chargebacksOf(tx, deposit);
        expect(latest).toMatchObject({ state: 'lost', takenMinor: 1_000n });
      });
    }
    await scratch.asSystem(async (tx) => expect((await standing(tx)).wallet).toBe(7_000n));
  });

  it('books the fee at the house, and gives it back when the provider does', async () => {
    await scratch.asSystem(async (tx) => {
      const fee = (amountMinor: string) => ({ fee: { amountMinor, currency: 'USD' } });
      await tell(tx, 0, 'opened', fee('1500'));
      const expense = house('provider_fees', client, 'stripe');
      expect((await readBalance(tx, expense)).balanceMinor).toBe(-1_500n);
      await tell(tx, 1, 'won', fee('0'));
      expect((await readBalance(tx, expense)).balanceMinor).toBe(0n);
    });
    expect((await proveLedger(scratch.db)).faults).toEqual([]);
  });

  it.each([
    ['more than was deposited', { amountMinor: '10001' }, 'DISPUTE_DIFFERS'],
    ['another currency', { currency: 'EUR' }, 'DISPUTE_DIFFERS'],
    ['a payment that nobody knows', { paymentRef: 'pi_2' }, 'DISPUTE_OF_NOTHING'],
  ])('asks people about %s, and moves nothing', async (_name, change, code) => {
    await scratch.asSystem(async (tx) => {
      await tell(tx, 0, 'opened', change);
      expect(await standing(tx)).toEqual({ chargeback: undefined, wallet: 10_000n });
      expect(await rows(tx, 'select kind, issue from task')).toMatchObject([
        { kind: 'unexpected_payment', issue: [{ code }] },
      ]);
      expect(await barred(tx)).toBe(0);
    });
  });

  it('asks people about a payment that is not in the wallet', async () => {
    await scratch.asSystem(async (tx) => {
      await rows(tx, `update deposit set state = 'held' where id = :deposit`, { deposit });
      await tell(tx, 0, 'opened');
      expect(await rows(tx, 'select issue from task')).toMatchObject([
        { issue: [{ code: 'DISPUTE_NOT_CREDITED' }] },
      ]);
    });
  });
});

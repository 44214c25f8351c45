import type { Scope } from '../../domain/access/scope';
import type { Scratch } from '../../tests/proofs/scratch';
import {
  type Book,
  type BookDeal,
  entityId,
  period,
  seedBook,
  seedDeals,
} from '../../tests/settlement/book';
import {
  manager,
  openSettlementScratch,
  partnerScope,
  stranger,
} from '../../tests/settlement/people';
import { dayTrade, lot, namePartners, smallBook } from '../../tests/settlement/small-book';
import { inScope, rows, type Tx } from '../connection';
import { billingOf, setBilling, setTaxNumber, taxNumberOf } from '../partner-billing';
import { computeAndAsk } from './compute';
import { listInvoices, readInvoice } from './invoices';
import { listPayouts, nextPayouts, payPayout } from './payouts';
import { moveSettlement, type Settlement, settlementOf, startSettlement } from './settlements';

const trade = (ticket: bigint, day: string, volume = lot) => dayTrade(ticket, day, { volume });

const book = (deals: readonly BookDeal[]) => smallBook(deals, '2026-08-01T00:00:00.000Z');

const agreed = {
  treatment: 'reverse_charge',
  legalName: 'Sub Introductions GmbH',
  address: 'Hafenstr. 1\n20457 Hamburg',
  taxNumber: 'DE123456789',
  exemption: '',
  agreement: '2026-01',
  agreedOn: '2026-01-01',
  endedOn: null,
} as const;

describe('self-billed invoices', () => {
  let scratch: Scratch;

  beforeEach(async () => {
    scratch = await openSettlementScratch();
  }, 60_000);

  afterEach(() => scratch.close());

  const as = <T>(scope: Scope, work: (tx: Tx) => Promise<T>) => inScope(scratch.db, scope, work);

  async function seed(of: Book): Promise<void> {
    await scratch.asSystem(async (tx) => {
      await seedBook(tx, of);
      await namePartners(
        tx,
        of.partners.map(({ id }) => id),
      );
    });
  }

  async function agree(change: object = {}, expectedVersion = 0): Promise<void> {
    await as(manager, async (tx) => {
      const tax = await taxNumberOf(tx, entityId);
      if (tax.version === 0)
        await setTaxNumber(tx, entityId, { taxNumber: 'CY10000000X', expectedVersion: 0 });
      await setBilling(tx, 'ptr_sub', { ...agreed, ...change, expectedVersion });
    });
  }

  async function compute(tx: Tx, name: string): Promise<Settlement> {
    const key = { planSet: 'ps_book', period: name };
    const { settlement } = await startSettlement(tx, key);
    await moveSettlement(tx, settlement, { from: ['waiting_for_feed'], to: 'computing' });
    await computeAndAsk(tx, await settlementOf(tx, key));
    return settlementOf(tx, key);
  }

  async function settle(name: string): Promise<Settlement> {
    return scratch.asSystem(async (tx) => {
      const settlement = await compute(tx, name);
      await moveSettlement(tx, settlement, { from: ['in_review'], to: 'paying' });
      for (const { payout } of await nextPayouts(tx, settlement.id, 50))
        await payPayout(tx, payout);
      await moveSettlement(tx, settlement, { from: ['paying'], to: 'paid' });
      return settlementOf(tx, settlement);
    });
  }

  const told = async () =>
    (await as(manager, (tx) => listInvoices(tx, { limit: 20 })))
      .reverse()
      .map(({ kind, number, corrects, lines, netMinor }) => ({
        ...{ kind, number, corrects: corrects?.number ?? null, netMinor },
        lines: lines.map((line) => `${line.period} ${line.what} ${line.amountMinor}`),
      }));

  const year = new Date().getUTCFullYear();

  /** What the partner was paid is what was billed, less what was credited. */
  async function expectBalance(): Promise<void> {
    const all = await as(manager, (tx) => listInvoices(tx, { partnerId: 'ptr_sub', limit: 50 }));
    const billed = all.reduce(
      (sum, { kind, grossMinor }) => sum + (kind === 'invoice' ? grossMinor : -grossMinor),
      0n,
    );
    const [ledger] = await scratch.asSystem((tx) =>
      rows<{ paid: string }>(
        tx,
        `select coalesce(sum(e.amount), 0) as paid from ledger_transaction t join ledger_entry e on e.transaction_id = t.id
         join ledger_account a on a.id = e.account_id
         join settlement_payout o on o.transaction_id = t.id
         where t.kind = 'partner_payout' and o.partner_id = 'ptr_sub' and e.amount > 0`,
      ),
    );
    expect(billed).toBe(BigInt(ledger?.paid ?? '0'));
  }

  it('says what was paid, in the partner’s name and with the words of the law, and carries months that were too small', async () => {
    await seed(book([...trade(1n, '2026-09-10'), ...trade(11n, '2026-10-10', 2n * lot)]));
    await agree();
    await settle('2026-09');
    expect(await told()).toEqual([]);
    await settle(period.name);
    expect(await told()).toEqual([
      {
        ...{ kind: 'invoice', number: `SB-${year}-0001`, corrects: null, netMinor: 1500n },
        lines: ['2026-09 Commission per lot 500', '2026-10 Commission per lot 1000'],
      },
    ]);
    const [invoice] = await as(partnerScope('ptr_sub', ['ptr_sub']), (tx) =>
      listInvoices(tx, { limit: 5 }),
    );
    expect(invoice).toMatchObject({
      seller: { legalName: agreed.legalName, address: agreed.address, taxNumber: agreed.taxNumber },
      buyer: { taxNumber: 'CY10000000X' },
      words: ['Self-billing', 'Reverse charge'],
      ...{ vatPercent: '0.00', vatMinor: 0n, grossMinor: 1500n, period: '2026-10' },
    });
    await expectBalance();
    const [letter] = await scratch.asSystem((tx) =>
      rows<{ n: string }>(tx, `select count(*) as n from mail where kind = 'partner_statement'`),
    );
    expect(letter?.n).toBe('1');
  });

  it('credits the invoice of a month that was adjusted later, and leaves no number out', async () => {
    await seed(book([...trade(1n, '2026-09-10', 2n * lot), ...trade(11n, '2026-09-11', 2n * lot)]));
    await agree();
    await settle('2026-09');
    await scratch.asSystem(async (tx) => {
      await rows(
        tx,
        `insert into deal_revision (server_id, ticket, revision, kind, profit_minor, swap_minor, commission_minor, fee_minor, raw, raw_hash, record)
         select server_id, ticket, 1, kind, 0, 0, 0, 0, '{}', '', to_jsonb(d) from deal d where ticket = 2`,
      );
      await rows(tx, `update deal set volume = ${lot / 2n}, modified = true where ticket = 2`);
    });
    await scratch.asSystem((tx) => seedDeals(tx, book([]), trade(21n, '2026-10-10', 4n * lot)));
    await settle(period.name);
    expect(await told()).toEqual([
      {
        ...{ kind: 'invoice', number: `SB-${year}-0001`, corrects: null, netMinor: 2000n },
        lines: ['2026-09 Commission per lot 2000'],
      },
      {
        ...{ kind: 'invoice', number: `SB-${year}-0002`, corrects: null, netMinor: 2000n },
        lines: ['2026-10 Commission per lot 2000'],
      },
      {
        ...{ kind: 'credit_note', number: `SB-${year}-0003`, netMinor: 750n },
        corrects: `SB-${year}-0001`,
        lines: ['2026-09 Commission per lot, adjusted 750'],
      },
    ]);
    await expectBalance();
  });

  it('credits what is clawed back after a chargeback', async () => {
    await seed(book([...trade(1n, '2026-08-10', 6n * lot), ...trade(21n, '2026-09-10', 8n * lot)]));
    await agree();
    await settle('2026-08');
    await scratch.asSystem(async (tx) => {
      await rows(
        tx,
        `insert into deposit (id, entity_id, client_id, amount_minor, currency, provider, state, credited_at)
         values ('dep_a', :entityId, 'cl_a', 100, 'USD', 'stripe', 'credited', '2026-08-05T00:00:00Z')`,
        { entityId },
      );
      await rows(
        tx,
        `insert into chargeback (id, deposit_id, entity_id, client_id, provider, dispute_ref, amount_minor, currency, reason, state, told,
           told_at, taken_minor, owed_minor, created_at)
         values ('cb_a', 'dep_a', :entityId, 'cl_a', 'stripe', 'dp_a', 100, 'USD', 'fraudulent', 'open', 'open', now(), 0, 100,
           '2026-08-31T00:00:00Z')`,
        { entityId },
      );
    });
    await settle('2026-09');
    expect(await told()).toEqual([
      expect.objectContaining({ kind: 'invoice', netMinor: 3000n }),
      expect.objectContaining({ kind: 'invoice', netMinor: 4000n }),
      {
        ...{ kind: 'credit_note', number: `SB-${year}-0003`, netMinor: 3000n },
        corrects: `SB-${year}-0001`,
        lines: ['2026-08 Clawed back after chargebacks 3000'],
      },
    ]);
    await expectBalance();
  });

  it('writes nothing before the agreement, nor after it has ended, and keeps every version', async () => {
    await seed(book([...trade(1n, '2026-09-10', 2n * lot), ...trade(11n, '2026-10-10', 2n * lot)]));
    await settle('2026-09');
    await agree();
    await agree({ endedOn: '2026-02-01' }, 1);
    await settle(period.name);
    expect(await told()).toEqual([]);
    await scratch.asSystem(async (tx) => {
      const kept = await rows(tx, 'select version from partner_billing order by version');
      expect(kept).toEqual([{ version: 1 }, { version: 2 }]);
    });
  });

  it('refuses what is stale, VAT on top, and a buyer without a tax number', async () => {
    await seed(book([]));
    const set = (change: object) =>
      as(manager, (tx) => setBilling(tx, 'ptr_sub', { ...agreed, expectedVersion: 0, ...change }));
    await expect(set({})).rejects.toMatchObject({ code: 'entity_tax_missing' });
    await agree();
    await expect(set({})).rejects.toMatchObject({ code: 'stale', extra: { version: 1 } });
    await expect(set({ treatment: 'charged', expectedVersion: 1 })).rejects.toMatchObject({
      code: 'vat_charged_unsupported',
    });
    await expect(
      as(manager, (tx) => setTaxNumber(tx, entityId, { taxNumber: 'X', expectedVersion: 0 })),
    ).rejects.toMatchObject({ code: 'stale' });
  });

  it('shows an invoice to the partner and to staff of the entity, and to nobody above or elsewhere', async () => {
    await seed(book([...trade(1n, '2026-09-10', 2n * lot)]));
    await agree();
    await settle('2026-09');
    const [invoice] = await as(manager, (tx) => listInvoices(tx, { limit: 5 }));
    const id = invoice?.id ?? '';
    const above = partnerScope('ptr_root', ['ptr_root', 'ptr_sub']);
    for (const scope of [above, stranger]) {
      await expect(as(scope, (tx) => readInvoice(tx, id))).rejects.toMatchObject({ status: 404 });
      expect(await as(scope, (tx) => listInvoices(tx, { limit: 5 }))).toEqual([]);
      await expect(as(scope, (tx) => billingOf(tx, 'ptr_sub'))).rejects.toMatchObject({
        status: 404,
      });
    }
    // The statement is the network's, the invoice is not.
    expect(await as(above, (tx) => listPayouts(tx, { limit: 5 }))).toHaveLength(2);
  });

  it('cannot be edited or taken away', async () => {
    await seed(book([...trade(1n, '2026-09-10', 2n * lot)]));
    await agree();
    await settle('2026-09');
    for (const statement of [
      `update partner_invoice set net_minor = 1, gross_minor = 1`,
      'delete from partner_invoice',
      `update partner_billing set treatment = 'exempt'`,
    ])
      await expect(scratch.asOwner(statement)).rejects.toThrow(/append-only/);
  });

  it('is not written, nor is a number used, when the payment is taken back', async () => {
    await seed(book([...trade(1n, '2026-09-10', 2n * lot)]));
    await agree();
    const payment = scratch.asSystem(async (tx) => {
      const settlement = await compute(tx, '2026-09');
      await moveSettlement(tx, settlement, { from: ['in_review'], to: 'paying' });
      for (const { payout } of await nextPayouts(tx, settlement.id, 50))
        await payPayout(tx, payout);
      throw new Error('the machine stopped');
    });
    await expect(payment).rejects.toThrow('the machine stopped');
    await settle('2026-09');
    expect(await told()).toEqual([expect.objectContaining({ number: `SB-${year}-0001` })]);
  });
});

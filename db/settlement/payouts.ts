import { house, wallet, type LedgerAccount } from '../../domain/ledger/account';
import { move } from '../../domain/ledger/posting';
import { formatAmount } from '../../domain/money';
import { payoutOf } from '../../domain/partners/standing';
import { notFound } from '../../domain/problem';
import { asSystem, rows, utc, type Tx } from '../connection';
import { appendEvents, type Json } from '../events';
import { postTransaction } from '../ledger';
import { queueMail } from '../mails';
import { presentStanding } from '../partner-standing';
import { readPartner } from '../partners';
import { standingOf } from './holds';
import { issueInvoices } from './invoices';
import { closeHolds } from './keep-holds';
import { letGoAdjustments } from './manual';
import type { Settlement } from './settlements';
import { readSettlement } from './settlements';
import { heldRows, statementOf } from './statements';

/**
 * `below_minimum` and `withheld` are carried into the next settlement, below zero as well; `forgiven` is below zero and is not,
 * by the plan; `forfeited` is never paid, since the partner's agreement has ended so; `cancelled` was part of a rejected one;
 * `failed` waits for a person.
 */
export type PayoutState =
  | 'computed'
  | 'below_minimum'
  | 'withheld'
  | 'paying'
  | 'paid'
  | 'failed'
  | 'cancelled'
  | 'forgiven'
  | 'forfeited';

/** What one partner gets out of one settlement. */
export interface Payout {
  readonly id: string;
  readonly settlementId: string;
  /** `2026-10`, `2026-W41` or `2026-10-05`. */
  readonly period: string;
  /** When what is approved is paid; null is at once, or not approved yet. */
  readonly payAt: string | null;
  readonly entityId: string;
  readonly partnerId: string;
  readonly amountMinor: bigint;
  /** The part of it that earlier settlements could not pay. */
  readonly carriedMinor: bigint;
  /** Taken off for chargebacks; below zero it was given back. */
  readonly clawedBackMinor: bigint;
  /** Left out of it while it is looked into. */
  readonly heldMinor: bigint;
  /** Added to it: it was held before, and released. */
  readonly releasedMinor: bigint;
  /** Added to it by a person, or taken off, and approved by another. */
  readonly adjustedMinor: bigint;
  readonly currency: string;
  readonly lines: number;
  readonly state: PayoutState;
  readonly transactionId: string | null;
  readonly paidAt: string | null;
  readonly attempts: number;
  readonly failure: string | null;
}

interface PayoutRow {
  readonly id: string;
  readonly settlement_id: string;
  readonly entity_id: string;
  readonly partner_id: string;
  readonly amount_minor: string;
  readonly carried_minor: string;
  readonly clawed_back_minor: string;
  readonly held_minor: string;
  readonly released_minor: string;
  readonly adjusted_minor: string;
  readonly currency: string;
  readonly lines: string;
  readonly state: PayoutState;
  readonly transaction_id: string | null;
  readonly paid_at: string | null;
  readonly attempts: number;
  readonly failure: string | null;
}

const columns = `id, settlement_id, entity_id, partner_id, amount_minor, carried_minor, clawed_back_minor, held_minor, released_minor, adjusted_minor, currency, lines, state, transaction_id, paid_at,
  attempts, failure`;

function fromRow(row: PayoutRow, { period, payAt }: Pick<Payout, 'period' | 'payAt'>): Payout {
  return {
    id: row.id,
    settlementId: row.settlement_id,
    ...{ period, payAt },
    entityId: row.entity_id,
    partnerId: row.partner_id,
    amountMinor: BigInt(row.amount_minor),
    carriedMinor: BigInt(row.carried_minor),
    clawedBackMinor: BigInt(row.clawed_back_minor),
    heldMinor: BigInt(row.held_minor),
    releasedMinor: BigInt(row.released_minor),
    adjustedMinor: BigInt(row.adjusted_minor),
    currency: row.currency,
    lines: Number(row.lines),
    state: row.state,
    transactionId: row.transaction_id,
    paidAt: row.paid_at === null ? null : utc(row.paid_at),
    attempts: row.attempts,
    failure: row.failure,
  };
}

/** A settlement is not visible to partners; its period and day of payment are no secrets. */
async function withPeriods(tx: Tx, found: readonly PayoutRow[]): Promise<Payout[]> {
  const ids = [...new Set(found.map((row) => row.settlement_id))];
  const periods = await asSystem(tx, (system) =>
    rows<{ id: string; period: string; pay_at: string | null }>(
      system,
      'select id, period, pay_at from settlement where id = any (:ids)',
      { ids },
    ),
  );
  const byId = new Map(
    periods.map(({ id, period, pay_at: at }) => [
      id,
      { period, payAt: at === null ? null : utc(at) },
    ]),
  );
  return found.map((row) =>
    fromRow(row, byId.get(row.settlement_id) ?? { period: '', payAt: null }),
  );
}

/** Throws `not_found` (404), also for a payout of a partner outside the scope. */
export async function readPayout(tx: Tx, id: string): Promise<Payout> {
  const found = await rows<PayoutRow>(
    tx,
    `select ${columns} from settlement_payout where id = :id`,
    { id },
  );
  const [payout] = await withPeriods(tx, found);
  if (!payout) throw notFound('payout');
  return payout;
}

/** Payouts that the scope may see, newest first; `after` is the last one's id. */
export async function listPayouts(
  tx: Tx,
  filter: { settlementId?: string; partnerId?: string; after?: string; limit: number },
): Promise<Payout[]> {
  const found = await rows<PayoutRow>(
    tx,
    `select ${columns} from settlement_payout
     where (:settlementId::text is null or settlement_id = :settlementId) and (:partnerId::text is null or partner_id = :partnerId)
       and (:after::text is null or id < :after) order by id desc limit :limit`,
    {
      settlementId: filter.settlementId ?? null,
      partnerId: filter.partnerId ?? null,
      after: filter.after ?? null,
      limit: filter.limit,
    },
  );
  return withPeriods(tx, found);
}

/** The settlement that each of these payouts belongs to. */
export async function settlementsOfPayouts(
  tx: Tx,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const found = await rows<{ id: string; settlement_id: string }>(
    tx,
    'select id, settlement_id from settlement_payout where id = any (:ids::text[])',
    { ids: [...ids] },
  );
  return new Map(found.map((row) => [row.id, row.settlement_id]));
}

export interface Earnings {
  readonly currency: string;
  /** All that settlements have computed for the partner. */
  readonly earnedMinor: bigint;
  readonly paidMinor: bigint;
  /** Earned and not paid yet: waits for approval or payment, or is below the smallest payout. */
  readonly pendingMinor: bigint;
  /** Not among it: held while it is looked into. */
  readonly heldMinor: bigint;
}

/** What a partner that the scope may see has earned so far. Throws `not_found` (404). */
export async function earningsOf(tx: Tx, partnerId: string): Promise<Earnings> {
  const partner = await readPartner(tx, partnerId);
  const [sum] = await rows<{ earned: string; paid: string }>(
    tx,
    `select coalesce(sum(case when state in ('forgiven', 'forfeited') then 0 else amount_minor end - carried_minor), 0) as earned, coalesce(sum(amount_minor) filter (where state = 'paid'), 0) as paid
     from settlement_payout where partner_id = :partnerId and state <> 'cancelled'`,
    { partnerId },
  );
  const { heldMinor, releasedMinor } = await standingOf(tx, partnerId);
  const [waiting] = await rows<{ minor: string }>(
    tx,
    `select coalesce(sum(amount_minor), 0) as minor from partner_adjustment where partner_id = :partnerId and state = 'approved' and taken_into is null`,
    { partnerId },
  );
  const earnedMinor = BigInt(sum?.earned ?? '0') + releasedMinor + BigInt(waiting?.minor ?? '0');
  const paidMinor = BigInt(sum?.paid ?? '0');
  return {
    currency: partner.payoutCurrency,
    earnedMinor,
    paidMinor,
    pendingMinor: earnedMinor - paidMinor,
    heldMinor,
  };
}

/** Commission goes to the wallet of the client that the partner is as well, else to one under the partner's own id. */
export function partnerWallet(of: {
  readonly entityId: string;
  readonly currency: string;
  readonly partnerId: string;
  readonly clientId: string | null;
}): LedgerAccount {
  return wallet({
    entityId: of.entityId,
    currency: of.currency,
    clientId: of.clientId ?? of.partnerId,
  });
}

/** The next payouts of the settlement that nobody has begun, in order. */
export async function nextPayouts(
  tx: Tx,
  settlementId: string,
  limit: number,
): Promise<{ readonly payout: string; readonly partner: string }[]> {
  return rows(
    tx,
    `select id as payout, partner_id as partner from settlement_payout
     where settlement_id = :settlementId and state = 'computed' order by id limit :limit`,
    { settlementId, limit },
  );
}

/**
 * Pays one partner: posting, row, event, invoice and the letter with the statement in one transaction. Paying again
 * changes nothing. A partner who is suspended is not paid; it is carried on. What becomes of it when the agreement has ended says
 * the partner's standing.
 */
export async function payPayout(tx: Tx, id: string): Promise<PayoutState> {
  await rows(tx, 'select 1 from settlement_payout where id = :id for update', { id });
  const payout = await readPayout(tx, id);
  if (payout.state !== 'computed') return payout.state;
  const partner = await readPartner(tx, payout.partnerId);
  const { state: standing, unpaid } = await presentStanding(tx, partner.id);
  const answer = payoutOf(standing, unpaid);
  if (answer.does !== 'pay') {
    const state = answer.does === 'forfeit' ? 'forfeited' : 'withheld';
    await setState(tx, payout, { state, failure: answer.code });
    return state;
  }
  const of = {
    entityId: payout.entityId,
    currency: payout.currency,
    partnerId: partner.id,
    clientId: partner.clientId,
  };
  const { transactionId } = await postTransaction(tx, {
    key: `payout/${payout.settlementId}/${partner.id}`,
    kind: 'partner_payout',
    entityId: payout.entityId,
    clientId: partner.clientId,
    cause: payout.id,
    legs: move(house('partner_expense', of), partnerWallet(of), payout.amountMinor),
  });
  await setState(tx, payout, { state: 'paid', transactionId });
  await mailStatement(tx, payout, await issueInvoices(tx, payout));
  return 'paid';
}

/** Notes that a payout could not be made; a person decides what becomes of it. */
export async function failPayout(tx: Tx, id: string, code: string): Promise<void> {
  const payout = await readPayout(tx, id);
  if (payout.state === 'computed') await setState(tx, payout, { state: 'failed', failure: code });
}

/** Takes a failed payout up again. */
export async function retryPayout(tx: Tx, payout: Payout): Promise<void> {
  await setState(tx, payout, { state: 'computed' });
}

/** Gives a failed payout up for this time: it is carried into the next settlement. */
export async function withholdPayout(tx: Tx, payout: Payout): Promise<void> {
  await setState(tx, payout, { state: 'withheld', failure: payout.failure });
}

/** The payouts of a settlement that could not be made, at most 200. */
export async function failedPayouts(tx: Tx, settlement: Settlement): Promise<Payout[]> {
  const found = await rows<PayoutRow>(
    tx,
    `select ${columns} from settlement_payout where settlement_id = :id and state = 'failed' order by id limit 200`,
    { id: settlement.id },
  );
  return found.map((row) => fromRow(row, settlement));
}

/** Cancels what a rejected settlement would have paid, lets go what it would have carried, and closes what it holds. */
export async function cancelPayouts(tx: Tx, settlement: Settlement): Promise<void> {
  const { id } = settlement;
  await rows(
    tx,
    `update settlement_payout set state = 'cancelled' where settlement_id = :id and state in ('computed', 'below_minimum', 'forgiven')`,
    { id },
  );
  await rows(tx, 'update settlement_payout set carried_into = null where carried_into = :id', {
    id,
  });
  await letGoAdjustments(tx, id);
  await closeHolds(tx, settlement);
}

export interface PayoutTotals {
  readonly open: number;
  readonly paid: number;
  readonly paidMinor: bigint;
  /** Below the smallest payout or withheld: earned, and carried on. */
  readonly carriedOn: number;
}

export async function payoutTotals(tx: Tx, settlement: Settlement): Promise<PayoutTotals> {
  const [row] = await rows<{ open: string; paid: string; paid_minor: string; carried: string }>(
    tx,
    `select count(*) filter (where state in ('computed', 'paying', 'failed')) as open, count(*) filter (where state = 'paid') as paid,
       coalesce(sum(amount_minor) filter (where state = 'paid'), 0) as paid_minor,
       count(*) filter (where state in ('below_minimum', 'withheld')) as carried
     from settlement_payout where settlement_id = :id`,
    { id: settlement.id },
  );
  return {
    open: Number(row?.open ?? 0),
    paid: Number(row?.paid ?? 0),
    paidMinor: BigInt(row?.paid_minor ?? '0'),
    carriedOn: Number(row?.carried ?? 0),
  };
}

async function setState(
  tx: Tx,
  payout: Payout,
  change: { state: PayoutState; transactionId?: string; failure?: string | null },
): Promise<void> {
  await rows(
    tx,
    `update settlement_payout set state = :state, failure = :failure, transaction_id = coalesce(:transactionId::text, transaction_id),
       attempts = attempts + case when :state = 'failed' then 1 else 0 end,
       paid_at = case when :state = 'paid' then clock_timestamp() else paid_at end
     where id = :id`,
    {
      id: payout.id,
      state: change.state,
      failure: change.failure ?? null,
      transactionId: change.transactionId ?? null,
    },
  );
  const payload: { readonly [key: string]: Json } = {
    settlement: payout.settlementId,
    partner: payout.partnerId,
    amount: formatAmount(payout.amountMinor, payout.currency),
    currency: payout.currency,
    transaction: change.transactionId ?? null,
    failure: change.failure ?? null,
  };
  await appendEvents(tx, [
    {
      subject: payout.id,
      type: `payout.${change.state}`,
      entityId: payout.entityId,
      payload,
    },
  ]);
}

/** Rows of a statement that a letter shows; the rest is behind its link. */
const mailedRowsMax = 40;

async function mailStatement(tx: Tx, payout: Payout, invoices: readonly string[]): Promise<void> {
  const { period } = await readSettlement(tx, payout.settlementId);
  const statement = await statementOf(tx, payout);
  const paid = statement.filter(({ amount }) => /[1-9]/.test(amount));
  const lines = paid.slice(0, mailedRowsMax).map((row) => ({
    description: `${row.group}, tier ${row.tier}: ${row.lots} lots in ${row.trades} trades`,
    amount: row.amount,
  }));
  const brought =
    payout.carriedMinor === 0n
      ? []
      : [
          {
            description: 'Brought forward',
            amount: formatAmount(payout.carriedMinor, payout.currency),
          },
        ];
  const clawed =
    payout.clawedBackMinor === 0n
      ? []
      : [
          {
            description: 'Clawed back after chargebacks',
            amount: formatAmount(-payout.clawedBackMinor, payout.currency),
          },
        ];
  const held = (await heldRows(tx, payout)).map((row) => ({
    description: row.reason === '' ? row.what : `${row.what}: ${row.reason}`,
    amount: formatAmount(row.amountMinor, payout.currency),
  }));
  await queueMail(tx, {
    key: `partner_statement/${payout.id}`,
    kind: 'partner_statement',
    entityId: payout.entityId,
    partnerId: payout.partnerId,
    data: {
      period,
      amount: formatAmount(payout.amountMinor, payout.currency),
      currency: payout.currency,
      link: `/partner/statements/${payout.id}`,
      lines: [...lines, ...brought, ...clawed, ...held],
      invoices: [...invoices],
    },
  });
}

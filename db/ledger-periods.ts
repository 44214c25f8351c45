import { Problem, refused } from '../domain/problem';
import { allowMinutes, asSystem, rows, utc, type Tx } from './connection';
import { appendEvents } from './events';
import { settledOrder } from './settled-order';

/** A period of an entity's books: from `startsAt` (null: from the beginning) to just before `endsAt`. */
export interface LedgerPeriod {
  readonly entityId: string;
  readonly startsAt: string | null;
  readonly endsAt: string;
  /** `closing`: nothing is posted into it any more; `sealed`: its snapshot stands. */
  readonly state: 'closing' | 'sealed';
  readonly closedBy: string;
  readonly sealedBy: string | null;
  readonly sealedAt: string | null;
  readonly transactions: bigint | null;
  /** Over every transaction effective in it, its balances and the period before; hexadecimal. */
  readonly hash: string | null;
}

interface PeriodRow {
  readonly entity_id: string;
  readonly starts_at: string | null;
  readonly ends_at: string;
  readonly state: LedgerPeriod['state'];
  readonly closed_by: string;
  readonly sealed_by: string | null;
  readonly sealed_at: string | null;
  readonly transactions: string | null;
  readonly hash: string | null;
}

export interface PeriodEnd {
  readonly entityId: string;
  readonly endsAt: string;
}

/** The periods of the entities in sight, the latest first. */
export async function listPeriods(
  tx: Tx,
  { entityId, endsAt, limit }: Partial<PeriodEnd> & { readonly limit: number },
): Promise<LedgerPeriod[]> {
  const found = await rows<PeriodRow>(
    tx,
    `select entity_id, starts_at, ends_at, state, closed_by, sealed_by, sealed_at, transactions, encode(hash, 'hex') as hash
     from ledger_period
     where (:entityId::text is null or entity_id = :entityId) and (:endsAt::timestamptz is null or ends_at = :endsAt::timestamptz)
     order by ends_at desc, entity_id limit :limit`,
    { entityId: entityId ?? null, endsAt: endsAt ?? null, limit },
  );
  return found.map((row) => ({
    entityId: row.entity_id,
    startsAt: row.starts_at && utc(row.starts_at),
    endsAt: utc(row.ends_at),
    state: row.state,
    closedBy: row.closed_by,
    sealedBy: row.sealed_by,
    sealedAt: row.sealed_at && utc(row.sealed_at),
    transactions: row.transactions === null ? null : BigInt(row.transactions),
    hash: row.hash,
  }));
}

const refusals: Readonly<Record<string, string>> = {
  not_over: 'The period is not over yet.',
  not_later: 'The books are closed up to a later moment already.',
  still_closing: 'A period of the entity is closed and not sealed yet.',
  not_closing: 'No such period waits to be sealed.',
  same_person: 'Whoever closed the period cannot seal it.',
};

/**
 * Closes the books of an entity up to an instant: what is effective before it is refused from now on, or posted
 * to the open period. Throws `not_over`, `not_later` or `still_closing` (422).
 */
export async function closePeriod(tx: Tx, period: PeriodEnd): Promise<LedgerPeriod> {
  return decide(tx, period, 'close_ledger_period', 'closed');
}

/** One statement reads every transaction of the period. */
const sealMinutesMax = 30;

/**
 * Seals a closed period: its balances are kept, and one hash vouches for every transaction in it. Another person
 * than the one who closed it; 409 while a transaction that began before still runs.
 */
export async function sealPeriod(tx: Tx, period: PeriodEnd): Promise<LedgerPeriod> {
  const waitMsMax = 5_000;
  if ((await settledOrder(tx, 'ledger_transaction', waitMsMax)) === undefined) {
    throw new Problem({
      status: 409,
      code: 'still_posting',
      detail: 'A transaction that may post into the period has not ended. Try again in a minute.',
    });
  }
  await allowMinutes(tx, sealMinutesMax);
  return decide(tx, period, 'seal_ledger_period', 'sealed');
}

async function decide(
  tx: Tx,
  period: PeriodEnd,
  step: 'close_ledger_period' | 'seal_ledger_period',
  done: 'closed' | 'sealed',
): Promise<LedgerPeriod> {
  return asSystem(tx, async (system) => {
    const [row] = await rows<{ verdict: string }>(
      system,
      `select ${step}(:entityId, :endsAt::timestamptz, :actor) as verdict`,
      { ...period, actor: tx.scope.actor },
    );
    const verdict = row?.verdict ?? 'no answer';
    if (verdict !== done) throw refused(verdict, refusals[verdict] ?? verdict);
    const [found] = await listPeriods(system, { ...period, limit: 1 });
    if (!found) throw new Error(`the period was ${done} and is not there`);
    await appendEvents(system, [
      {
        subject: `ledger/${period.entityId}`,
        type: done === 'closed' ? 'ledger.period_closed' : 'ledger.period_sealed',
        entityId: period.entityId,
        payload: {
          endsAt: found.endsAt,
          ...(found.hash === null ? {} : { hash: found.hash }),
          ...(found.transactions === null ? {} : { transactions: found.transactions.toString() }),
        },
      },
    ]);
    return found;
  });
}

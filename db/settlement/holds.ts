import { formatAmount } from '../../domain/money';
import { conflict, notFound } from '../../domain/problem';
import { asSystem, rows, utc, type Tx } from '../connection';
import { appendEvents } from '../events';
import type { Task } from '../tasks';

export const holdStates = ['open', 'released', 'denied', 'closed'] as const;
export type HoldState = (typeof holdStates)[number];

/** What a client earned partners in a settlement and is kept back until a person has decided. */
export interface SettlementHold {
  readonly id: string;
  readonly settlementId: string;
  readonly entityId: string;
  readonly clientId: string;
  readonly evaluationId: string;
  /** Codes of the rules that spoke. */
  readonly reasons: readonly string[];
  /** Deals to look at first. */
  readonly tickets: readonly string[];
  readonly currency: string;
  readonly state: HoldState;
  /** Kept back of all partners. */
  readonly amountMinor: bigint;
  /** The settlement whose payouts pay it, or whose statements say that it is not paid. */
  readonly takenInto: string | null;
  readonly openedAt: string;
  readonly decidedAt: string | null;
}

/** One partner's share of a hold. */
export interface HoldPart {
  readonly partnerId: string;
  /** What the client's lines earn the partner. */
  readonly linesMinor: bigint;
  readonly heldMinor: bigint;
}

export interface HoldRow {
  readonly id: string;
  readonly settlement_id: string;
  readonly entity_id: string;
  readonly client_id: string;
  readonly evaluation_id: string;
  readonly reasons: string[];
  readonly tickets: string[];
  readonly currency: string;
  readonly state: HoldState;
  readonly amount_minor: string;
  readonly taken_into: string | null;
  readonly opened_at: string;
  readonly decided_at: string | null;
}

export const holdColumns = `h.id, h.settlement_id, h.entity_id, h.client_id, h.evaluation_id, h.reasons, h.tickets::text[] as tickets, h.currency, h.state,
  h.taken_into, h.opened_at, h.decided_at,
  (select coalesce(sum(p.held_minor), 0)::numeric(38, 0) from settlement_hold_part p where p.hold_id = h.id) as amount_minor`;

export function holdFromRow(row: HoldRow): SettlementHold {
  return {
    id: row.id,
    settlementId: row.settlement_id,
    entityId: row.entity_id,
    clientId: row.client_id,
    evaluationId: row.evaluation_id,
    reasons: row.reasons,
    tickets: row.tickets,
    currency: row.currency,
    state: row.state,
    amountMinor: BigInt(row.amount_minor),
    takenInto: row.taken_into,
    openedAt: utc(row.opened_at),
    decidedAt: row.decided_at === null ? null : utc(row.decided_at),
  };
}

/** Throws `not_found` (404), also for another entity's. */
export async function readHold(tx: Tx, id: string): Promise<SettlementHold> {
  const [row] = await rows<HoldRow>(
    tx,
    `select ${holdColumns} from settlement_hold h where h.id = :id`,
    { id },
  );
  if (!row) throw notFound('hold');
  return holdFromRow(row);
}

/** Newest first; `after` is the id of the last one of the page before. */
export async function listHolds(
  tx: Tx,
  of: {
    readonly state?: HoldState | undefined;
    readonly settlementId?: string | undefined;
    readonly partnerId?: string | undefined;
    readonly after?: string | undefined;
    readonly limit: number;
  },
): Promise<SettlementHold[]> {
  const found = await rows<HoldRow>(
    tx,
    `select ${holdColumns} from settlement_hold h
     where (:state::text is null or h.state = :state) and (:settlementId::text is null or h.settlement_id = :settlementId)
       and (:partnerId::text is null or exists (
         select 1 from settlement_hold_part p where p.hold_id = h.id and p.partner_id = :partnerId))
       and (:after::text is null or h.id < :after)
     order by h.id desc limit :limit`,
    {
      state: of.state ?? null,
      settlementId: of.settlementId ?? null,
      partnerId: of.partnerId ?? null,
      after: of.after ?? null,
      limit: of.limit,
    },
  );
  return found.map(holdFromRow);
}

/** The partners of a hold that the scope may see, in order. */
export async function partsOfHold(tx: Tx, holdId: string): Promise<HoldPart[]> {
  const found = await rows<{ partner_id: string; lines_minor: string; held_minor: string }>(
    tx,
    `select partner_id, lines_minor, held_minor from settlement_hold_part where hold_id = :holdId
     order by partner_id collate "C" limit 200`,
    { holdId },
  );
  return found.map((row) => ({
    partnerId: row.partner_id,
    linesMinor: BigInt(row.lines_minor),
    heldMinor: BigInt(row.held_minor),
  }));
}

/** What a person has decided about a hold, in the deciding transaction; the next payouts of the plan set take it in. */
export async function settleHold(tx: Tx, task: Task): Promise<void> {
  await asSystem(tx, (system) =>
    decideHold(system, task.subject, task.decision === 'release' ? 'released' : 'denied'),
  );
}

/** Throws 409 `hold_decided` for one that is not open any more. */
export async function decideHold(tx: Tx, id: string, state: 'released' | 'denied'): Promise<void> {
  const decided = await rows(
    tx,
    `update settlement_hold set state = :state, decided_at = clock_timestamp() where id = :id and state = 'open' returning 1`,
    { id, state },
  );
  if (decided.length === 0) throw conflict('hold_decided', 'This hold is not open any more.');
  const hold = await readHold(tx, id);
  await appendEvents(tx, [
    {
      subject: id,
      type: `settlement.hold_${state}`,
      entityId: hold.entityId,
      payload: {
        settlement: hold.settlementId,
        client: hold.clientId,
        amount: formatAmount(hold.amountMinor, hold.currency),
        currency: hold.currency,
        reasons: [...hold.reasons],
      },
    },
  ]);
}

/** A hold as the partner's own statement tells of it: how much, of which month, and why. */
export interface ToldHold {
  /** `2026-10`. */
  readonly period: string;
  readonly reasons: readonly string[];
  readonly amountMinor: bigint;
}

/** What a payout that the caller has read says is never paid of what was held before, at most 200. */
export async function deniedOf(
  tx: Tx,
  { settlementId, partnerId }: { readonly settlementId: string; readonly partnerId: string },
): Promise<ToldHold[]> {
  const found = await asSystem(tx, (system) =>
    rows<{ period: string; reasons: string[]; held_minor: string }>(
      system,
      `select s.period, h.reasons, p.held_minor from settlement_hold h join settlement_hold_part p on p.hold_id = h.id
       join settlement s on s.id = h.settlement_id
       where h.taken_into = :settlementId and h.state = 'denied' and p.partner_id = :partnerId and p.held_minor > 0
       order by s.from_at, h.id limit 200`,
      { settlementId, partnerId },
    ),
  );
  return found.map((row) => ({
    period: row.period,
    reasons: row.reasons,
    amountMinor: BigInt(row.held_minor),
  }));
}

/** What is held of a partner whom the caller has read, and what was released and no payout has taken in yet. */
export async function standingOf(
  tx: Tx,
  partnerId: string,
): Promise<{ readonly heldMinor: bigint; readonly releasedMinor: bigint }> {
  const [sum] = await asSystem(tx, (system) =>
    rows<{ held: string; released: string }>(
      system,
      `select coalesce(sum(p.held_minor) filter (where h.state = 'open'), 0)::numeric(38, 0) as held,
         coalesce(sum(p.held_minor) filter (where h.state = 'released' and h.taken_into is null), 0)::numeric(38, 0) as released
       from settlement_hold_part p join settlement_hold h on h.id = p.hold_id where p.partner_id = :partnerId`,
      { partnerId },
    ),
  );
  return { heldMinor: BigInt(sum?.held ?? '0'), releasedMinor: BigInt(sum?.released ?? '0') };
}

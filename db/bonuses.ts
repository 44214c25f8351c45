import type { EventType } from '../domain/access/event-access';
import type { BonusRemoval, RemovalCause } from '../domain/bonus/bonus';
import { bonusCredit, house } from '../domain/ledger/account';
import { move, type Posting } from '../domain/ledger/posting';
import { formatAmount } from '../domain/money';
import type { BonusOrigin } from '../domain/policy/kinds/bonus';
import { notFound } from '../domain/problem';
import { rows, utc, type Tx } from './connection';
import type { Json } from './events';
import { decryptFor } from './personal-data';
import { newestFirst } from './newest-first';

export const bonusStates = [
  'proposed',
  'waiting',
  'granting',
  'active',
  'removed',
  'refused',
  'rejected',
] as const;
export type BonusState = (typeof bonusStates)[number];

/** Credit that the house lends to an account. */
export interface Bonus {
  readonly id: string;
  readonly entityId: string;
  readonly clientId: string;
  readonly accountId: string;
  readonly origin: BonusOrigin;
  readonly depositId: string | null;
  readonly transferId: string | null;
  /** What it was reckoned from; 0 where it was given by hand without a deposit. */
  readonly paidMinor: bigint;
  readonly amountMinor: bigint;
  readonly removedMinor: bigint;
  readonly currency: string;
  readonly removal: BonusRemoval;
  readonly expiresInDays: number | null;
  readonly campaign: string | null;
  readonly reasonSealed: string | null;
  readonly requestedBy: string;
  readonly state: BonusState;
  readonly refusal: string | null;
  readonly version: number;
  readonly createdAt: string;
  readonly grantedAt: string | null;
  readonly expiresAt: string | null;
  readonly endedAt: string | null;
}

export interface BonusRow {
  readonly id: string;
  readonly entity_id: string;
  readonly client_id: string;
  readonly account_id: string;
  readonly origin: BonusOrigin;
  readonly deposit_id: string | null;
  readonly transfer_id: string | null;
  readonly paid_minor: string;
  readonly amount_minor: string;
  readonly removed_minor: string;
  readonly currency: string;
  readonly removal: BonusRemoval;
  readonly expires_in_days: number | null;
  readonly campaign: string | null;
  readonly reason_ct: string | null;
  readonly requested_by: string;
  readonly state: BonusState;
  readonly refusal: string | null;
  readonly version: number;
  readonly created_at: string;
  readonly granted_at: string | null;
  readonly expires_at: string | null;
  readonly ended_at: string | null;
}

export const bonusColumns = `id, entity_id, client_id, account_id, origin, deposit_id, transfer_id, paid_minor, amount_minor,
  removed_minor, currency, removal, expires_in_days, campaign, reason_ct, requested_by, state, refusal, version, created_at,
  granted_at, expires_at, ended_at`;

export function bonusFromRow(row: BonusRow): Bonus {
  const time = (text: string | null) => (text === null ? null : utc(text));
  return {
    id: row.id,
    entityId: row.entity_id,
    clientId: row.client_id,
    accountId: row.account_id,
    origin: row.origin,
    depositId: row.deposit_id,
    transferId: row.transfer_id,
    paidMinor: BigInt(row.paid_minor),
    amountMinor: BigInt(row.amount_minor),
    removedMinor: BigInt(row.removed_minor),
    currency: row.currency,
    removal: row.removal,
    expiresInDays: row.expires_in_days,
    campaign: row.campaign,
    reasonSealed: row.reason_ct,
    requestedBy: row.requested_by,
    state: row.state,
    refusal: row.refusal,
    version: row.version,
    createdAt: utc(row.created_at),
    grantedAt: time(row.granted_at),
    expiresAt: time(row.expires_at),
    endedAt: time(row.ended_at),
  };
}

/** What stands at the server of it. */
export function remainingMinor({ state, amountMinor, removedMinor }: Bonus): bigint {
  return state === 'active' ? amountMinor - removedMinor : 0n;
}

/** Throws `not_found` (404). */
export async function readBonus(tx: Tx, id: string): Promise<Bonus> {
  const [row] = await rows<BonusRow>(tx, `select ${bonusColumns} from bonus where id = :id`, {
    id,
  });
  if (!row) throw notFound('bonus');
  return bonusFromRow(row);
}

/** The bonus, kept from changing until the transaction ends. Runs under the system's scope. */
export async function lockBonus(tx: Tx, id: string): Promise<Bonus> {
  await rows(tx, 'select 1 from bonus where id = :id for update', { id });
  return readBonus(tx, id);
}

export interface BonusFilter {
  readonly state?: BonusState;
  readonly entityId?: string;
  readonly clientId?: string;
  readonly accountId?: string;
  /** The last one of the page before. */
  readonly after?: string;
  readonly limit: number;
}

/** Newest first. */
export async function listBonuses(tx: Tx, filter: BonusFilter): Promise<Bonus[]> {
  const found = await newestFirst<BonusRow>(
    tx,
    { table: 'bonus', columns: bonusColumns },
    {
      state: filter.state,
      entity_id: filter.entityId,
      client_id: filter.clientId,
      account_id: filter.accountId,
    },
    filter,
  );
  return found.map(bonusFromRow);
}

/** The bonus that came with a transfer to an account. */
export async function bonusOfTransfer(tx: Tx, transferId: string): Promise<Bonus | undefined> {
  const [row] = await rows<BonusRow>(
    tx,
    `select ${bonusColumns} from bonus where transfer_id = :transferId`,
    { transferId },
  );
  return row && bonusFromRow(row);
}

/** A step of a bonus at its server: it is given, or credit is taken back. */
export interface BonusStep {
  readonly bonusId: string;
  readonly step: number;
  readonly kind: 'grant' | 'removal';
  readonly cause: RemovalCause | 'grant';
  readonly causeId: string;
  readonly amountMinor: bigint | null;
  readonly state: 'wanted' | 'done' | 'refused' | 'void';
  readonly ticket: string | null;
  readonly refusal: string | null;
  readonly reasonSealed: string | null;
  readonly askedBy: string;
  readonly createdAt: string;
  readonly endedAt: string | null;
}

interface StepRow {
  readonly bonus_id: string;
  readonly step: number;
  readonly kind: BonusStep['kind'];
  readonly cause: BonusStep['cause'];
  readonly cause_id: string;
  readonly amount_minor: string | null;
  readonly state: BonusStep['state'];
  readonly ticket: string | null;
  readonly refusal: string | null;
  readonly reason_ct: string | null;
  readonly asked_by: string;
  readonly created_at: string;
  readonly ended_at: string | null;
}

/** In the order in which they are made; the latest two hundred. */
export async function stepsOfBonus(tx: Tx, bonusId: string): Promise<BonusStep[]> {
  const found = await rows<StepRow>(
    tx,
    `select bonus_id, step, kind, cause, cause_id, amount_minor, state, ticket, refusal, reason_ct, asked_by, created_at, ended_at
     from bonus_step where bonus_id = :bonusId order by step desc limit 200`,
    { bonusId },
  );
  return found.reverse().map((row) => ({
    bonusId: row.bonus_id,
    step: row.step,
    kind: row.kind,
    cause: row.cause,
    causeId: row.cause_id,
    amountMinor: row.amount_minor === null ? null : BigInt(row.amount_minor),
    state: row.state,
    ticket: row.ticket,
    refusal: row.refusal,
    reasonSealed: row.reason_ct,
    askedBy: row.asked_by,
    createdAt: utc(row.created_at),
    endedAt: row.ended_at === null ? null : utc(row.ended_at),
  }));
}

/** The words of who gave it by hand; null where nobody did. Throws `not_found` (404). */
export async function reasonOfBonus(tx: Tx, id: string): Promise<string | null> {
  const { clientId, reasonSealed } = await readBonus(tx, id);
  return reasonSealed === null ? null : decryptFor(tx, clientId, 'bonus.reason', reasonSealed);
}

/** The memo of credit that was given (above zero) or is gone (below). */
export function bonusPosting(bonus: Bonus, key: string, changeMinor: bigint): Posting {
  const granted = house('bonus_granted', bonus);
  const credit = bonusCredit(bonus);
  return {
    key,
    kind: changeMinor > 0n ? 'bonus' : 'bonus_removed',
    entityId: bonus.entityId,
    clientId: bonus.clientId,
    cause: bonus.id,
    legs:
      changeMinor > 0n ? move(granted, credit, changeMinor) : move(credit, granted, -changeMinor),
  };
}

/** An event of a bonus; its payload always names account and amount. */
export function bonusEvent(
  bonus: Bonus,
  type: EventType,
  payload: { readonly [key: string]: Json } = {},
) {
  const { currency } = bonus;
  return {
    subject: bonus.id,
    type,
    entityId: bonus.entityId,
    clientId: bonus.clientId,
    payload: {
      account: bonus.accountId,
      amount: formatAmount(bonus.amountMinor, currency),
      currency,
      ...payload,
    },
  };
}

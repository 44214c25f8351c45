import { creditToTakeBack, type RemovalCause } from '../domain/bonus/bonus';
import { tradingLedger } from '../domain/ledger/account';
import { conflict, notFound } from '../domain/problem';
import { workflowIds } from '../temporal-config/workflow-ids';
import { endUngranted } from './bonus-requests';
import {
  bonusEvent,
  lockBonus,
  readBonus,
  remainingMinor,
  stepsOfBonus,
  type Bonus,
} from './bonuses';
import { asSystem, rows, type Tx } from './connection';
import { enqueueSignal } from './dispatch';
import { appendEvents } from './events';
import { balanceOf } from './ledger';
import { encryptFor } from './personal-data';
import { recordParticipation } from './tasks';
import type { Transfer } from './transfers';

/** Has credit taken back: once for each reason, whoever asks and however often. The bonus is locked. */
export async function wantRemoval(
  system: Tx,
  bonus: Bonus,
  why: {
    readonly cause: RemovalCause;
    readonly causeId: string;
    readonly reasonSealed?: string;
  },
): Promise<void> {
  const inserted = await rows(
    system,
    `insert into bonus_step (bonus_id, step, entity_id, client_id, kind, cause, cause_id, reason_ct, asked_by)
     values (:id, (select max(step) + 1 from bonus_step where bonus_id = :id), :entityId, :clientId, 'removal', :cause, :causeId,
       :reason, :askedBy)
     on conflict (bonus_id, cause, cause_id) where state <> 'refused' do nothing returning 1`,
    {
      id: bonus.id,
      entityId: bonus.entityId,
      clientId: bonus.clientId,
      cause: why.cause,
      causeId: why.causeId,
      reason: why.reasonSealed ?? null,
      askedBy: system.scope.actor,
    },
  );
  if (inserted.length === 0) return;
  await enqueueSignal(system, {
    workflowId: workflowIds.bonus(bonus.id),
    signal: 'changed',
    args: { what: why.cause },
  });
}

/** A colleague takes a bonus back. Throws 404, 409 `bonus_not_active`. */
export async function takeBackBonus(tx: Tx, id: string, reason: string): Promise<Bonus> {
  const { scope } = tx;
  if (scope.kind !== 'staff') throw notFound('bonus');
  await readBonus(tx, id);
  return asSystem(tx, async (system) => {
    const bonus = await lockBonus(system, id);
    if (bonus.state !== 'active')
      throw conflict('bonus_not_active', 'There is nothing to take back.', { state: bonus.state });
    // Another person decides what becomes of it where the server does not give it back.
    await recordParticipation(system, id, scope.userId, 'asked_removal');
    await wantRemoval(system, bonus, {
      cause: 'hand',
      causeId: '-',
      reasonSealed: await encryptFor(system, bonus.clientId, 'bonus.removal_reason', reason),
    });
    await appendEvents(system, [
      {
        ...bonusEvent(bonus, 'bonus.removal_asked', { cause: 'hand' }),
        personal: { personId: bonus.clientId, data: { reason } },
      },
    ]);
    return readBonus(system, id);
  });
}

/** What the payer has taken back brought a bonus: it goes, too. Runs under the system's scope. */
export function removeBonusOfDeposit(
  system: Tx,
  depositId: string,
  chargebackId: string,
): Promise<void> {
  return removeLiving(
    system,
    { depositId },
    { cause: 'chargeback', causeId: chargebackId, refusal: 'CHARGEBACK' },
  );
}

/** An account ends, and has no money that would take the credit along. Runs under the system's scope. */
export function removeBonusesOfAccount(
  system: Tx,
  accountId: string,
  requestId: string,
): Promise<void> {
  return removeLiving(
    system,
    { accountId },
    { cause: 'closing', causeId: requestId, refusal: 'ACCOUNT_NOT_ACTIVE' },
  );
}

/** What is given is taken back; what is not given yet is refused. */
async function removeLiving(
  system: Tx,
  of: LivingOf,
  { refusal, ...why }: { cause: RemovalCause; causeId: string; refusal: string },
): Promise<void> {
  for (const bonus of await lockLiving(system, of)) {
    if (bonus.state === 'proposed' || bonus.state === 'waiting')
      await endUngranted(system, bonus, { state: 'refused', refusal });
    else await wantRemoval(system, bonus, why);
  }
}

interface LivingOf {
  readonly accountId?: string;
  readonly depositId?: string;
}

/** The bonuses that have not ended, locked in one order. */
export async function lockLiving(system: Tx, of: LivingOf): Promise<Bonus[]> {
  const found = await rows<{ id: string }>(
    system,
    `select id from bonus where (account_id = :accountId or deposit_id = :depositId) and ended_at is null
     order by id limit 100 for update`,
    { accountId: of.accountId ?? null, depositId: of.depositId ?? null },
  );
  const bonuses: Bonus[] = [];
  // One after the other: a transaction has one connection.
  for (const { id } of found) bonuses.push(await readBonus(system, id));
  return bonuses;
}

/** What bonuses have to do with money that is to leave an account. */
export type BonusInTheWay =
  | { readonly kind: 'wait'; readonly code: 'bonus_pending' | 'bonus_removal' }
  | { readonly kind: 'refused'; readonly code: string }
  /** So much credit has to be taken back first, and nobody has asked for it yet; 0 where none is there any more. */
  | { readonly kind: 'remove'; readonly creditMinor: bigint };

/**
 * Whether money may leave an account as far as its bonuses are concerned; undefined when it may. `ask` has what stands
 * in the way taken back. A bonus that is being given is waited for: its own last look sees this transfer, so that one of
 * the two always knows of the other. Runs under the system's scope.
 */
export async function bonusBefore(
  system: Tx,
  transfer: Transfer,
  { ask, thereMinor }: { readonly ask: boolean; readonly thereMinor?: bigint },
): Promise<BonusInTheWay | undefined> {
  if (transfer.direction !== 'to_wallet' || transfer.purpose === 'dormancy_fee') return undefined;
  let creditMinor = 0n;
  let leftThere = thereMinor === undefined || thereMinor > 0n ? thereMinor : 0n;
  let isWaiting = false;
  let isUnasked = false;
  for (const bonus of await lockLiving(system, { accountId: transfer.accountId })) {
    if (bonus.state === 'granting') return { kind: 'wait', code: 'bonus_pending' };
    if (bonus.state !== 'active') continue;
    const step = (await stepsOfBonus(system, bonus.id)).findLast(
      ({ cause, causeId }) => cause === 'transfer_out' && causeId === transfer.id,
    );
    if (step?.state === 'refused') return { kind: 'refused', code: step.refusal ?? 'REFUSED' };
    if (step?.state === 'wanted') isWaiting = true;
    if (step) continue;
    isUnasked = true;
    const remaining = remainingMinor(bonus);
    const there = leftThere === undefined || leftThere > remaining ? remaining : leftThere;
    if (leftThere !== undefined) leftThere -= there;
    creditMinor += await shareLeaving(
      system,
      { ...bonus, removedMinor: bonus.amountMinor - there },
      transfer,
    );
    if (ask) await wantRemoval(system, bonus, { cause: 'transfer_out', causeId: transfer.id });
  }
  if (isUnasked && !ask) return { kind: 'remove', creditMinor };
  return isWaiting || isUnasked ? { kind: 'wait', code: 'bonus_removal' } : undefined;
}

/** So much of the credit as leaves with the money. */
export async function shareLeaving(tx: Tx, bonus: Bonus, transfer: Transfer): Promise<bigint> {
  return creditToTakeBack(bonus.removal, {
    remainingMinor: remainingMinor(bonus),
    leavingMinor: transfer.amountMinor,
    ...(await moneyOnAccount(tx, bonus, transfer)),
  });
}

/**
 * What the account holds, and what of it other transfers take along with a share that is known. One statement reads both:
 * a transfer that ends meanwhile is in the balance and under way, or in neither.
 */
async function moneyOnAccount(
  tx: Tx,
  bonus: Bonus,
  transfer: Transfer,
): Promise<{ readonly balanceMinor: bigint; readonly underWayMinor: bigint }> {
  const [row] = await rows<{ balance: string; under_way: string }>(
    tx,
    `select coalesce((select ${balanceOf} from ledger_account la where la.id = :ledger), 0) as balance,
       coalesce((select sum(t.amount_minor) from bonus_step s join transfer t on t.id = s.cause_id
         where s.bonus_id = :bonusId and s.cause = 'transfer_out' and s.cause_id <> :transferId and s.amount_minor is not null
           and s.state in ('wanted', 'done') and t.finished_at is null), 0) as under_way`,
    { ledger: tradingLedger(bonus).id, bonusId: bonus.id, transferId: transfer.id },
  );
  return { balanceMinor: BigInt(row?.balance ?? 0), underWayMinor: BigInt(row?.under_way ?? 0) };
}

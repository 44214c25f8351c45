import { creditFor, isWithin, type BonusTerms } from '../domain/bonus/bonus';
import { newId } from '../domain/ids';
import { formatAmount, type Money } from '../domain/money';
import { conflict, notFound, refused } from '../domain/problem';
import { taskQueues } from '../temporal-config/task-queues';
import { workflowIds } from '../temporal-config/workflow-ids';
import { readAccount, type TradingAccount } from './accounts';
import { assertAgreed } from './agreement-acceptance';
import { askBonusPolicy, assertCampaign } from './bonus-policy';
import {
  bonusColumns,
  bonusEvent,
  bonusFromRow,
  bonusOfTransfer,
  lockBonus,
  type Bonus,
  type BonusRow,
} from './bonuses';
import { asSystem, rows, type Tx } from './connection';
import { enqueueStart } from './dispatch';
import { lockDeposit, readDeposit, type Deposit } from './deposits';
import { appendEvents } from './events';
import { encryptFor } from './personal-data';
import { assertAccountUnrestricted } from './restrictions';
import { cancelTask, contentHashOf, latestTask, openTask, recordParticipation } from './tasks';
import type { Task } from './tasks';
import { readTransfer, type Transfer } from './transfers';

/** What a client asks for beside a transfer to an account. */
export interface BonusWish {
  readonly depositId: string;
  readonly campaign?: string | undefined;
}

/**
 * Asks for a bonus for a deposit with the transfer that brings its money to the account: granted by policy once the
 * money is there, or looked at by a person before. `tx` is the client's, who has read the deposit; the transfer is
 * there already. Throws 409 `bonus_claimed`, 422 `bonus_refused`, `unknown_campaign`, `deposit_not_credited` or
 * `other_currency`.
 */
export async function claimBonus(
  tx: Tx,
  transfer: Transfer,
  { depositId, campaign }: BonusWish,
): Promise<Bonus> {
  const { scope } = tx;
  if (scope.kind !== 'client' || transfer.direction !== 'to_account')
    throw refused('bonus_refused', 'A bonus is given for money that goes to an account.', {
      reasons: ['NOT_TO_ACCOUNT'],
    });
  return asSystem(tx, async (system) => {
    const account = await readAccount(system, transfer.accountId);
    await assertCampaign(system, account.entityId, campaign);
    const deposit = await claimable(system, depositId, account);
    const leftMinor = await leftOf(system, depositId);
    const paidMinor = leftMinor < transfer.amountMinor ? leftMinor : transfer.amountMinor;
    const id = newId('bonus');
    const answer = await askBonusPolicy(system, id, {
      ...{ account, paidMinor, depositId },
      origin: 'deposit',
      campaign: campaign ?? null,
    });
    const { outcome, says } = answer.evaluation;
    if (outcome.decision === 'refuse') throw bonusRefused(outcome.reasons);
    const amountMinor = creditFor(outcome, { amountMinor: paidMinor, currency: account.currency });
    if (amountMinor <= 0n) throw bonusRefused(['NOTHING_TO_GRANT']);
    const isDoubtful = outcome.decision === 'review';
    const bonus = await insertBonus(system, account, {
      ...{ id, paidMinor, amountMinor, terms: outcome },
      origin: 'deposit',
      depositId: deposit.id,
      transferId: transfer.id,
      campaign: campaign ?? null,
      reasonSealed: null,
      requestedBy: scope.userId,
      evaluationId: answer.id,
      state: isDoubtful ? 'proposed' : 'waiting',
    });
    await appendEvents(system, [
      bonusEvent(bonus, 'bonus.requested', {
        deposit: deposit.id,
        transfer: transfer.id,
        evaluation: answer.id,
      }),
    ]);
    if (isDoubtful) await askSecondPerson(system, bonus, { reasons: outcome.reasons, says });
    return bonus;
  });
}

/**
 * A colleague gives a bonus by hand: the policy may forbid it (422 `bonus_refused`) or limit it (422 `above_maximum`),
 * and another person approves it. Throws 404 for an account or a deposit out of sight, 409 `bonus_claimed`, 422
 * `account_not_active`, `demo_account`, `other_currency` or `restricted`.
 */
export async function proposeBonus(
  tx: Tx,
  wish: {
    readonly accountId: string;
    readonly amount: Money;
    readonly depositId?: string | undefined;
    /** In words; kept as ciphertext. */
    readonly reason: string;
  },
): Promise<Bonus> {
  const { scope } = tx;
  if (scope.kind !== 'staff') throw notFound('account');
  const account = await readAccount(tx, wish.accountId);
  if (wish.depositId !== undefined) {
    const { clientId } = await readDeposit(tx, wish.depositId);
    if (clientId !== account.clientId) throw notFound('deposit');
  }
  if (account.state !== 'active' && account.state !== 'dormant')
    throw refused('account_not_active', 'The account is not active.', { state: account.state });
  if (account.demo) throw refused('demo_account', 'A demo account has play money.');
  if (account.currency !== wish.amount.currency) throw otherCurrency(account);
  await assertAccountUnrestricted(tx, account, 'trade');
  await assertAgreed(tx, account.clientId);
  return asSystem(tx, async (system) => {
    const deposit = wish.depositId && (await claimable(system, wish.depositId, account));
    const depositId = deposit ? deposit.id : null;
    const paidMinor = deposit ? await leftOf(system, deposit.id) : 0n;
    const id = newId('bonus');
    const answer = await askBonusPolicy(system, id, {
      ...{ account, paidMinor, depositId },
      origin: 'hand',
      campaign: null,
    });
    const { outcome, says } = answer.evaluation;
    if (outcome.decision === 'refuse') throw bonusRefused(outcome.reasons);
    if (!isWithin(outcome, wish.amount))
      throw refused('above_maximum', 'The policy does not allow as much by hand.', {
        maximum: outcome.maximum,
      });
    const bonus = await insertBonus(system, account, {
      ...{ id, paidMinor, depositId, terms: outcome },
      amountMinor: wish.amount.amountMinor,
      origin: 'hand',
      transferId: null,
      campaign: null,
      reasonSealed: await encryptFor(system, account.clientId, 'bonus.reason', wish.reason),
      requestedBy: scope.userId,
      evaluationId: answer.id,
      state: 'proposed',
    });
    await recordParticipation(system, id, scope.userId, 'requested');
    await appendEvents(system, [
      {
        ...bonusEvent(bonus, 'bonus.proposed', { evaluation: answer.id, deposit: depositId }),
        personal: { personId: account.clientId, data: { reason: wish.reason } },
      },
    ]);
    await askSecondPerson(system, bonus, {
      ...{ reasons: outcome.reasons, says },
      excluded: [scope.userId],
    });
    return bonus;
  });
}

function bonusRefused(reasons: readonly string[]) {
  return refused('bonus_refused', 'The policy grants no bonus here.', { reasons: [...reasons] });
}

function otherCurrency({ currency }: TradingAccount) {
  return refused('other_currency', `The account is in ${currency}.`, { currency });
}

/** The deposit, locked, so that it brings one bonus. */
async function claimable(system: Tx, id: string, account: TradingAccount): Promise<Deposit> {
  const deposit = await lockDeposit(system, id);
  if (deposit.state !== 'credited')
    throw refused('deposit_not_credited', 'This deposit is not in the wallet.', {
      state: deposit.state,
    });
  if (deposit.currency !== account.currency) throw otherCurrency(account);
  const [standing] = await rows<{ id: string }>(
    system,
    `select id from bonus where deposit_id = :id and state not in ('refused', 'rejected')`,
    { id },
  );
  if (standing)
    throw conflict('bonus_claimed', 'This deposit has brought a bonus, or is asked to.', {
      bonus: standing.id,
    });
  return deposit;
}

/** What of a deposit has not gone back to its payer and is not asked to. */
async function leftOf(system: Tx, id: string): Promise<bigint> {
  const [row] = await rows<{ left: string }>(
    system,
    'select amount_minor - refunded_minor - refunding_minor - charged_back_minor as left from deposit where id = :id',
    { id },
  );
  return BigInt(row?.left ?? '0');
}

async function insertBonus(
  system: Tx,
  account: TradingAccount,
  wanted: Pick<
    Bonus,
    | 'id'
    | 'origin'
    | 'depositId'
    | 'transferId'
    | 'paidMinor'
    | 'amountMinor'
    | 'campaign'
    | 'reasonSealed'
    | 'requestedBy'
    | 'state'
  > & { readonly terms: BonusTerms; readonly evaluationId: string },
): Promise<Bonus> {
  const { terms } = wanted;
  const [row] = await rows<BonusRow>(
    system,
    `insert into bonus (id, entity_id, client_id, account_id, origin, deposit_id, transfer_id, paid_minor, amount_minor, currency,
       removal, expires_in_days, campaign, reason_ct, requested_by, evaluation_id, state)
     values (:id, :entityId, :clientId, :accountId, :origin, :depositId, :transferId, :paid, :amount, :currency,
       :removal, :expiresInDays, :campaign, :reason, :requestedBy, :evaluationId, :state) returning ${bonusColumns}`,
    {
      id: wanted.id,
      entityId: account.entityId,
      clientId: account.clientId,
      accountId: account.id,
      origin: wanted.origin,
      depositId: wanted.depositId,
      transferId: wanted.transferId,
      paid: wanted.paidMinor.toString(),
      amount: wanted.amountMinor.toString(),
      currency: account.currency,
      removal: terms.removal,
      expiresInDays: terms.expiresInDays,
      campaign: wanted.campaign,
      reason: wanted.reasonSealed,
      requestedBy: wanted.requestedBy,
      evaluationId: wanted.evaluationId,
      state: wanted.state,
    },
  );
  if (!row) throw new Error('the bonus was not inserted');
  return bonusFromRow(row);
}

/** What an approver signs. */
function contentOf(bonus: Bonus) {
  return {
    bonus: bonus.id,
    account: bonus.accountId,
    client: bonus.clientId,
    amount: formatAmount(bonus.amountMinor, bonus.currency),
    currency: bonus.currency,
    origin: bonus.origin,
    deposit: bonus.depositId,
    transfer: bonus.transferId,
    takenBack: bonus.removal,
    expiresInDays: bonus.expiresInDays,
    requestedBy: bonus.requestedBy,
  };
}

async function askSecondPerson(
  system: Tx,
  bonus: Bonus,
  why: {
    readonly reasons: readonly string[];
    readonly says: readonly string[];
    readonly excluded?: readonly string[];
  },
): Promise<void> {
  await openTask(system, {
    kind: 'bonus_approval',
    subject: bonus.id,
    workflowId: null,
    entityId: bonus.entityId,
    clientId: bonus.clientId,
    title: `Bonus of ${formatAmount(bonus.amountMinor, bonus.currency)} ${bonus.currency}`,
    issue: [
      ...why.reasons.map((code) => ({ code, detail: 'Credit, and no money of the client’s.' })),
      ...why.says.map((detail) => ({ code: 'DATA_MISSING', detail })),
    ],
    content: contentOf(bonus),
    excluded: why.excluded ?? [],
    key: `bonus_approval/${bonus.id}`,
  });
}

/** What follows from the decision, in the transaction that decides. */
export async function settleBonusApproval(tx: Tx, task: Task): Promise<void> {
  await asSystem(tx, async (system) => {
    const bonus = await lockBonus(system, task.subject);
    if (bonus.state !== 'proposed') throw new Error(`${bonus.id} is decided already`);
    if (contentHashOf(contentOf(bonus)) !== task.contentHash)
      throw new Error(`${bonus.id} is not what was approved`);
    if (task.decision !== 'approve') {
      await endUngranted(system, bonus, { state: 'rejected', refusal: 'REJECTED' });
      return;
    }
    await appendEvents(system, [bonusEvent(bonus, 'bonus.approved')]);
    const isThere =
      bonus.transferId === null || (await readTransfer(system, bonus.transferId)).state === 'done';
    if (isThere) await startGranting(system, bonus);
    else
      await rows(
        system,
        `update bonus set state = 'waiting', version = version + 1 where id = :id`,
        { id: bonus.id },
      );
  });
}

/** The money that a bonus is for has come to the account, or has not. */
export async function followTransfer(system: Tx, transfer: Transfer, isDone: boolean) {
  if (transfer.direction !== 'to_account' || transfer.purpose !== 'client') return;
  const found = await bonusOfTransfer(system, transfer.id);
  if (!found) return;
  const bonus = await lockBonus(system, found.id);
  if (!isDone && (bonus.state === 'waiting' || bonus.state === 'proposed'))
    await endUngranted(system, bonus, { state: 'refused', refusal: 'TRANSFER_REFUSED' });
  if (isDone && bonus.state === 'waiting') await startGranting(system, bonus);
}

/** From here on its process gives it, and takes it back. */
async function startGranting(system: Tx, bonus: Bonus): Promise<void> {
  await rows(system, `update bonus set state = 'granting', version = version + 1 where id = :id`, {
    id: bonus.id,
  });
  await rows(
    system,
    `insert into bonus_step (bonus_id, step, entity_id, client_id, kind, cause, cause_id, amount_minor, asked_by)
     values (:id, 1, :entityId, :clientId, 'grant', 'grant', '-', :amount, :askedBy)`,
    {
      id: bonus.id,
      entityId: bonus.entityId,
      clientId: bonus.clientId,
      amount: bonus.amountMinor.toString(),
      askedBy: system.scope.actor,
    },
  );
  await enqueueStart(system, {
    workflow: 'bonus',
    workflowId: workflowIds.bonus(bonus.id),
    taskQueue: taskQueues.workflows,
    args: { id: bonus.id },
    subject: bonus.id,
    entityId: bonus.entityId,
    clientId: bonus.clientId,
  });
}

/** Ends a locked bonus of which nothing stands at the server. */
export async function endUngranted(
  system: Tx,
  bonus: Bonus,
  { state, refusal }: { readonly state: 'refused' | 'rejected'; readonly refusal: string },
): Promise<void> {
  await rows(
    system,
    `update bonus set state = :state, refusal = :refusal, version = version + 1, ended_at = clock_timestamp() where id = :id`,
    { id: bonus.id, state, refusal },
  );
  const task = await latestTask(system, bonus.id, 'bonus_approval');
  if (task?.state === 'open') await cancelTask(system, task.id, refusal);
  await appendEvents(system, [bonusEvent(bonus, `bonus.${state}`, { code: refusal })]);
}

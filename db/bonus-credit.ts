import { goneAtServer } from '../domain/bonus/bonus';
import { formatAmount } from '../domain/money';
import { workflowIds } from '../temporal-config/workflow-ids';
import { readAccount } from './accounts';
import { lockLiving } from './bonus-removal';
import { amountOf, intentStepOf, lessen, readStep, wakeWaiting, type StepKey } from './bonus-steps';
import {
  bonusEvent,
  bonusPosting,
  readBonus,
  remainingMinor,
  type Bonus,
  type BonusStep,
} from './bonuses';
import { rows, type Tx } from './connection';
import { appendEvents } from './events';
import { intentOfStep, type Intent } from './intent-readers';
import { withdrawPlanned } from './intents';
import { postTransaction } from './ledger';
import { readServer } from './servers';
import { openTask } from './tasks';

/** What a server is to be asked about before credit is taken back there. */
export interface CreditQuestion {
  readonly serverId: string;
  readonly login: string;
  /** Names the state of all bonuses of the account: an answer counts while it is the same. */
  readonly mark: string;
}

/**
 * Whether the server has to be asked what credit is there, before a step that takes some back is sent: it may be gone, by
 * a dealer's hand. Undefined where nothing is to be asked; `moving` while credit of the account is on its way, since what
 * the server shows then is neither before nor after.
 */
export async function questionOfCredit(
  tx: Tx,
  key: StepKey,
): Promise<CreditQuestion | 'moving' | undefined> {
  const bonus = await readBonus(tx, key.bonusId);
  const step = await readStep(tx, key);
  if (step.kind !== 'removal' || step.state !== 'wanted' || !isUnsent(await intentOf(tx, key)))
    return undefined;
  const account = await readAccount(tx, bonus.accountId);
  // What is declared to be out of service is not asked: nothing is sent to it either.
  if (account.login === null || (await readServer(tx, account.serverId)).declared) return undefined;
  const { mark, isMoving } = await creditState(tx, bonus.accountId);
  return isMoving ? 'moving' : { serverId: account.serverId, login: account.login, mark };
}

/**
 * What the server shows, held against what was lent: credit that is gone there is gone here, as a memo, an event and a
 * step of its own, and nothing of it is asked for. Answers whether the step is still to be sent; `moving` where the answer
 * is of another state than the question, so that it proves nothing.
 */
export async function followCredit(
  tx: Tx,
  key: StepKey,
  { mark, thereMinor }: Pick<CreditQuestion, 'mark'> & { readonly thereMinor: bigint },
): Promise<'send' | 'void' | 'moving'> {
  const { accountId } = await readBonus(tx, key.bonusId);
  const living = await lockLiving(tx, { accountId });
  const state = await creditState(tx, accountId);
  if (state.isMoving || state.mark !== mark) return 'moving';
  const bonus = living.find(({ id }) => id === key.bonusId);
  const goneMinor = bonus
    ? goneAtServer({
        remainingMinor: remainingMinor(bonus),
        lentMinor: living.reduce((sum, each) => sum + remainingMinor(each), 0n),
        thereMinor,
      })
    : 0n;
  const step = await readStep(tx, key);
  if (bonus && goneMinor > 0n) {
    await recordGone(tx, bonus, { step, goneMinor, thereMinor });
    const after = await readBonus(tx, bonus.id);
    if (after.state === 'active') await reckonAgain(tx, after, step);
  }
  await withdrawOther(tx, key);
  return (await readStep(tx, key)).state === 'wanted' ? 'send' : 'void';
}

/** The last look, in the transaction that lets a step leave: the amount is still the one that is wanted. */
export async function isStillWanted(tx: Tx, key: StepKey, amountMinor: bigint): Promise<boolean> {
  await rows(tx, 'select 1 from bonus where id = :id for update', { id: key.bonusId });
  const step = await readStep(tx, key);
  return step.state === 'wanted' && step.amountMinor === amountMinor;
}

function intentOf(tx: Tx, { bonusId, step }: StepKey): Promise<Intent | undefined> {
  return intentOfStep(tx, workflowIds.bonus(bonusId), intentStepOf(step));
}

const isUnsent = (intent: Intent | undefined) =>
  intent === undefined || intent.state === 'planned' || intent.state === 'absent';

/**
 * The versions of the account's bonuses, and whether credit is on its way: sent and not known, or known and not yet
 * counted by its bonus.
 */
async function creditState(
  tx: Tx,
  accountId: string,
): Promise<{ readonly mark: string; readonly isMoving: boolean }> {
  const [row] = await rows<{ mark: string | null; moving: boolean }>(
    tx,
    `select (select string_agg(b.id || ':' || b.version, ' ' order by b.id) from bonus b where b.account_id = :accountId
         and b.granted_at is not null) as mark,
       exists (select 1 from bonus b join bonus_step s on s.bonus_id = b.id and s.state = 'wanted'
         join intent i on i.workflow_id = 'bonus/' || b.id and i.step = 'step-' || s.step
         where b.account_id = :accountId and b.ended_at is null and i.state in ('sending', 'unknown', 'done')) as moving`,
    { accountId },
  );
  return { mark: row?.mark ?? '', isMoving: row?.moving ?? false };
}

interface Gone {
  readonly step: BonusStep;
  readonly goneMinor: bigint;
  readonly thereMinor: bigint;
}

async function recordGone(tx: Tx, bonus: Bonus, gone: Gone): Promise<void> {
  const { step, goneMinor, thereMinor } = gone;
  const { id, entityId, clientId, version, currency } = bonus;
  const cause = `${step.step}/${version}`;
  await postTransaction(tx, bonusPosting(bonus, `bonus/${id}/gone/${cause}`, -goneMinor));
  await rows(
    tx,
    `insert into bonus_step (bonus_id, step, entity_id, client_id, kind, cause, cause_id, amount_minor, state, asked_by, ended_at)
     values (:id, (select max(step) + 1 from bonus_step where bonus_id = :id), :entityId, :clientId, 'removal', 'gone_at_server',
       :cause, :amount, 'done', :askedBy, clock_timestamp())`,
    { ...{ id, entityId, clientId, cause }, amount: goneMinor.toString(), askedBy: tx.scope.actor },
  );
  await lessen(tx, bonus, goneMinor, 'GONE_AT_SERVER');
  await appendEvents(tx, [
    bonusEvent(bonus, 'bonus.gone_at_server', {
      removed: formatAmount(goneMinor, currency),
      there: formatAmount(thereMinor, currency),
      cause: step.cause,
    }),
  ]);
  await tellOfGone(tx, bonus, gone);
  await wakeWaiting(tx, bonus.accountId);
}

/** People know already where the feed has brought the deal; where there is none, or not yet, they are told. */
async function tellOfGone(
  tx: Tx,
  bonus: Bonus,
  { goneMinor, thereMinor, step }: Gone,
): Promise<void> {
  const { id, accountId, entityId, clientId, currency, version } = bonus;
  const known = await rows(
    tx,
    `select 1 from task where subject = :accountId and kind = 'foreign_balance_change' and issue -> 0 ->> 'code' = 'FOREIGN_CREDIT'
       and opened_at >= :grantedAt limit 1`,
    { accountId, grantedAt: bonus.grantedAt },
  );
  if (known.length > 0) return;
  const { serverId, login } = await readAccount(tx, accountId);
  await openTask(tx, {
    ...{ kind: 'foreign_balance_change', subject: accountId, workflowId: null, entityId, clientId },
    title: 'The trading server shows less credit than was lent to the account',
    issue: [
      {
        code: 'CREDIT_GONE',
        detail:
          'Somebody has taken it there. It counts as taken back, and nothing of it is asked for again.',
      },
    ],
    content: {
      ...{ server: serverId, login, kind: 'credit', bonus: id, currency },
      amount: formatAmount(-goneMinor, currency),
      there: formatAmount(thereMinor, currency),
    },
    key: `bonus_gone/${id}/${step.step}/${version}`,
  });
}

/** Less is there to be taken back: nothing of the step has been sent, so that its amount may still change. */
async function reckonAgain(tx: Tx, bonus: Bonus, step: BonusStep): Promise<void> {
  await rows(
    tx,
    'update bonus_step set amount_minor = :amount where bonus_id = :id and step = :step',
    { id: bonus.id, step: step.step, amount: (await amountOf(tx, bonus, step)).toString() },
  );
}

/** What was planned over another amount than the step has now will not be sent. */
async function withdrawOther(tx: Tx, key: StepKey): Promise<void> {
  const step = await readStep(tx, key);
  const intent = await intentOf(tx, key);
  const isSame = step.state === 'wanted' && intent?.amountMinor === -(step.amountMinor ?? 0n);
  if (intent?.state === 'planned' && !isSame)
    await withdrawPlanned(tx, intent, { neverSent: true });
}

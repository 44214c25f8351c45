import type { StepResult } from '../domain/outside';
import { waitingFor } from '../domain/outside';
import { systemScope } from '../domain/access/scope';
import { formatAmount } from '../domain/money';
import { workflowIds } from '../temporal-config/workflow-ids';
import { inScope, type Tx } from '../db/connection';
import { askReturnAgain } from '../db/deposit-return';
import { markReturned, readDeposit } from '../db/deposits';
import { intentOfStep } from '../db/intent-readers';
import { latestCase } from '../db/kyc';
import { partiesOf, readPersonalData } from '../db/parties';
import { assertMayLeave, assertNotHeld, assertUnrestrictedPayee, notNow } from '../db/payout-gate';
import { tokenQuestion } from '../db/payout-routes';
import { setProcess } from '../db/processes';
import { findRoute, keepRoute } from '../db/routing';
import { cancelTask, latestTask, openTask, taskOfKey } from '../db/tasks';
import { readTokenAddress } from '../db/token-addresses';
import { payoutTaker } from '../domain/policy/kinds/routing';
import type { PaymentDeps } from './deposit';
import { isNameClear } from './payer-screening';
import { screenPayee, versionOf } from './payout-screening';
import type { ScreeningList } from './screening-list';
import { recordLeaving, tokenDestination } from './token-payout';
import { lookUpBack, sendBack, standingOfBack, stepOfRound, type GiveBack } from './give-back';

/** Gives a payment back that is not the deposit it was made for. Every function may be called again. */
export function createDepositReturnActivities(deps: PaymentDeps) {
  const { db } = deps;
  const system = (id: string) => systemScope(`workflow:${workflowIds.deposit(id)}`);
  const readBack = (id: string, round: number) =>
    inScope(db, system(id), (tx) => unmatchedOf(tx, deps, id, round));

  return {
    /** `round` counts what people asked to retry. */
    async sendReturn(id: string, round: number): Promise<StepResult> {
      const back = await readBack(id, round);
      if (!('provider' in back)) return back;
      await back.screen?.();
      return sendBack(deps, back);
    },

    async lookUpReturn(id: string, round: number): Promise<StepResult> {
      const back = await readBack(id, round);
      return 'provider' in back ? lookUpBack(deps, back) : back;
    },

    async reportReturn(id: string, result: StepResult): Promise<void> {
      await inScope(db, system(id), (tx) =>
        setProcess(tx, workflowIds.deposit(id), {
          state: 'returning',
          waitsFor: waitingFor(result),
        }),
      );
    },

    /** Reads (or asks) whether the provider has given the money back, and ends the deposit once it has. */
    async settleReturn(
      id: string,
      round: number,
      { ask }: { ask: boolean },
    ): Promise<'waiting' | 'returned' | 'refused'> {
      const back = await readBack(id, round);
      const { state } = await inScope(db, system(id), (tx) => readDeposit(tx, id));
      if (state === 'returned') return 'returned';
      if (!('provider' in back)) return 'refused';
      const standing = await standingOfBack(deps, back, { ask });
      if (!standing) return 'waiting';
      if (standing.status === 'failed') return 'refused';
      return inScope(db, system(id), async (tx) => {
        if (standing.status === 'succeeded') {
          await markReturned(tx, id, {
            providerRef: standing.providerRef,
            returned: formatAmount(back.amountMinor, back.currency),
            by: back.provider,
          });
          return 'returned';
        }
        await setProcess(tx, workflowIds.deposit(id), {
          state: 'returning',
          waitsFor: `payment by ${back.provider}`,
        });
        return 'waiting';
      });
    },

    /**
     * The provider will not give it back: a person mends it and says when to try again. Tokens that nobody would send to
     * an address are asked about anew: `refuse` until two people have said where they go instead.
     */
    async askAboutReturn(
      id: string,
      round: number,
      code: string,
    ): Promise<'retry' | 'refuse' | 'waiting'> {
      return inScope(db, system(id), async (tx) => {
        const key = failedKey(id, round);
        const failed = await taskOfKey(tx, key);
        if (failed?.state === 'decided') return 'retry';
        const isElsewhere = code !== nobodyPays && (await readDeposit(tx, id)).rail === 'crypto';
        const task = isElsewhere
          ? await askReturnAgain(tx, id, { round, code })
          : (failed ?? (await openReturnTask(tx, { id, round, code, key })));
        if (isElsewhere && failed) await cancelTask(tx, failed.id, 'ASKED_ANEW');
        if (task.state === 'decided') return 'retry';
        await setProcess(tx, workflowIds.deposit(id), {
          state: isElsewhere ? 'held' : 'returning',
          waitsFor: `task ${task.id}`,
          due: task.dueAt,
        });
        return isElsewhere ? 'refuse' : 'waiting';
      });
    },
  };
}

/** The policy lets nobody pay it. */
const nobodyPays = 'NO_PROVIDER';

interface Returning extends GiveBack {
  /** Asks people about whoever gets it, where the list of now has somebody like them; the gate goes by the answer. */
  readonly screen?: () => Promise<void>;
}

/** What the provider reported and two people decided to give back, behind the one gate of `payee`. */
async function unmatchedOf(
  tx: Tx,
  deps: PaymentDeps,
  id: string,
  round: number,
): Promise<Returning | NobodyPays> {
  const deposit = await readDeposit(tx, id);
  const { entityId, clientId, provider } = deposit;
  const task = await latestTask(tx, id, 'unmatched_deposit');
  if (task?.decision !== 'return') throw new Error(`nobody has decided to give ${id} back`);
  const { paidMinor, paidCurrency, providerRef } = task.content;
  const back = {
    workflowId: workflowIds.deposit(id),
    step: stepOfRound('return', round),
    subject: `${id}/return`,
    ...{ depositId: id, entityId, clientId, provider },
    paymentRef: String(providerRef),
    amountMinor: BigInt(String(paidMinor)),
    currency: String(paidCurrency),
  };
  return deposit.rail === 'crypto'
    ? byPayout(tx, deps, back, { sourceId: String(task.content['returnTo']), round })
    : behindGate(tx, deps, back, { sourceId: null });
}

/** The policy lets nobody pay it now: people see to that and try again. */
type NobodyPays = StepResult & { readonly kind: 'refused' };

/** Tokens go back through whoever keeps them and signs, to the address that one person proposed and another agreed to. */
async function byPayout(
  tx: Tx,
  deps: PaymentDeps,
  back: Ungated,
  { sourceId, round }: { readonly sourceId: string; readonly round: number },
): Promise<Returning | NobodyPays> {
  const { workflowId, step, subject, depositId, entityId, clientId, currency, amountMinor } = back;
  const of = { subject, entityId, clientId, currency, amountMinor };
  const sent = await intentOfStep(tx, workflowId, step);
  // A round that nobody could pay has no intent. It stays refused once people were asked: a run of the workflow that goes
  // through the rounds again must not send it beside a later one.
  const isOver = !sent && (await taskOfKey(tx, failedKey(depositId, round))) !== undefined;
  const provider = isOver ? undefined : (sent?.target ?? (await whoPays(tx, deps, of)));
  if (provider === undefined)
    return { kind: 'refused', intentId: '', code: nobodyPays, reason: 'nobody can pay it' };
  const gated = await behindGate(tx, deps, { ...back, provider }, { sourceId });
  return {
    ...gated,
    payTo: () =>
      inScope(deps.db, systemScope(`workflow:${workflowId}`), (inTx) =>
        tokenDestination(inTx, { entityId, clientId, sourceId }),
      ),
    gate: async (inTx) => {
      await gated.gate(inTx);
      await recordLeaving(inTx, {
        ...{
          paymentId: depositId,
          leg: round,
          entityId,
          clientId,
          sourceId,
          currency,
          amountMinor,
        },
      });
    },
  };
}

type Ungated = Omit<GiveBack, 'gate'>;

/**
 * Whatever way a payment goes back by, whoever gets it is screened with the list in force before it is sent, and nothing
 * is sent while they are not clear or while a restriction of the client's covers it. `sourceId`: an address that tokens go
 * to; null where the provider that took the payment gives it back.
 */
async function behindGate(
  tx: Tx,
  deps: PaymentDeps,
  back: Ungated,
  { sourceId }: Pick<Held, 'sourceId'>,
): Promise<Returning> {
  const { workflowId, step } = back;
  const sent = await intentOfStep(tx, workflowId, step);
  return {
    ...back,
    // What was sent before is not sent again, whoever it went to.
    ...((sent === undefined || sent.state === 'planned') && {
      screen: async () => {
        const list = await deps.screeningList();
        await inScope(deps.db, systemScope(`workflow:${workflowId}`), (inTx) =>
          screenPayeeOf(inTx, back, { sourceId, list }),
        );
      },
    }),
    gate: async (inTx) => {
      const list = await deps.screeningList();
      await assertPayeeClear(inTx, back, { sourceId, list });
    },
  };
}

interface Held {
  readonly sourceId: string | null;
  readonly list: ScreeningList;
}

/** The client is screened as one who is paid, and whoever has no screening of their own by the name that is known. */
async function screenPayeeOf(tx: Tx, back: Ungated, held: Held): Promise<void> {
  const { workflowId, depositId: subject, entityId, clientId } = back;
  const payee = await payeeOf(tx, back, held);
  if (payee.kind === 'screened')
    await screenPayee(tx, { workflowId, subject, entityId, clientId }, held.list);
  else await isNameClear(tx, namedPayee(back, payee.name), held.list);
}

/** Throws `routine_review` (503) unless they are clear by this list, and the client is not held. */
async function assertPayeeClear(tx: Tx, back: Ungated, held: Held): Promise<void> {
  const { clientId } = back;
  await assertNotHeld(tx, clientId);
  const payee = await payeeOf(tx, back, held);
  if (payee.kind === 'screened') return assertMayLeave(tx, clientId, versionOf(held.list));
  if (payee.isClient) await assertUnrestrictedPayee(tx, clientId);
  if (!(await isNameClear(tx, namedPayee(back, payee.name), held.list))) throw notNow();
}

type Payee =
  | { readonly kind: 'screened' }
  /** No name: nothing to screen by. */
  | { readonly kind: 'named'; readonly name: string | null; readonly isClient: boolean };

/** Who gets it: the client, who is screened with their case and by name before there is one, or whoever has the address. */
async function payeeOf(tx: Tx, back: Ungated, { sourceId }: Held): Promise<Payee> {
  const { clientId } = back;
  const holder =
    sourceId === null ? null : (await readTokenAddress(tx, { clientId, sourceId })).holderName;
  if (holder !== null) return { kind: 'named', name: holder, isClient: false };
  if (await latestCase(tx, clientId)) return { kind: 'screened' };
  const [party] = await partiesOf(tx, clientId);
  const name = party ? (await readPersonalData(tx, party.id)).name : null;
  return { kind: 'named', name, isClient: true };
}

function namedPayee(
  { depositId: id, workflowId, entityId, clientId }: Ungated,
  name: string | null,
) {
  return {
    ...{ of: 'deposit' as const, id, workflowId, entityId, personId: clientId },
    read: () => Promise.resolve(name === null || name === '' ? undefined : { name }),
  };
}

async function whoPays(
  tx: Tx,
  { providers }: PaymentDeps,
  of: Parameters<typeof tokenQuestion>[1],
): Promise<string | undefined> {
  const route = await findRoute(tx, { ...(await tokenQuestion(tx, of)), tried: [] }, providers);
  await keepRoute(tx, route);
  return payoutTaker(route.outcome);
}

/** The task about a round that was refused. */
function failedKey(id: string, round: number): string {
  return `deposit_return/${id}/${round}`;
}

async function openReturnTask(
  tx: Tx,
  { id, round, code, key }: { id: string; round: number; code: string; key: string },
) {
  const deposit = await readDeposit(tx, id);
  return openTask(tx, {
    kind: 'payout_failed',
    subject: `${id}/return`,
    workflowId: workflowIds.deposit(id),
    entityId: deposit.entityId,
    clientId: deposit.clientId,
    title: 'A provider refused to give a payment back',
    issue: [{ code, detail: 'The payment is still held; nothing of it was given back.' }],
    content: { deposit: id, round, code },
    choices: ['retry'],
    key,
  });
}

export type DepositReturnActivities = ReturnType<typeof createDepositReturnActivities>;

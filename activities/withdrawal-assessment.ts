import { formatAmount, parseAmount, type Money } from '../domain/money';
import type { ConfiguredProvider } from '../domain/payments/eligibility';
import { countedIn } from '../domain/payments/limit-rates';
import {
  needsNamed,
  planReturn,
  wayBack,
  type ReturnLeg,
  type ReturnPlan,
  type Source,
} from '../domain/payments/return-to-source';
import { isToken } from '../domain/payments/token-address';
import type { WithdrawalParameters } from '../domain/policy/kinds/withdrawal';
import { workflowIds } from '../temporal-config/workflow-ids';
import { atOnce } from '../db/at-once';
import { reviewMovement } from '../db/aml-alerts';
import { isOwnName, readClientFacts } from '../db/client-facts';
import type { Tx } from '../db/connection';
import { keepAnswer, type PolicyQuestion } from '../db/evaluations';
import { effectivePolicy } from '../db/policies';
import { bankDetails } from '../db/payment-sources';
import { hasOtherSources, returnSources } from '../db/return-sources';
import { isKnownOfAnother } from '../db/shared-instruments';
import { setProcess } from '../db/processes';
import {
  cancelTask,
  latestTask,
  openTask,
  reviseTask,
  type Revision,
  type Task,
} from '../db/tasks';
import { readTokenAddress } from '../db/token-addresses';
import { finishWithdrawal } from '../db/withdrawal-end';
import { routeLegs } from '../db/payout-routes';
import {
  doubtContent,
  doubtfulInstruments,
  type DoubtfulInstrument,
} from '../db/withdrawal-evidence';
import { legsOf, planLegs } from '../db/withdrawal-legs';
import { moveWithdrawal, namedSource, withdrawalHistory, type Withdrawal } from '../db/withdrawals';

/** Plans the return, asks the policy, and moves the withdrawal to approved, to a person's inbox, or to refused. */
export async function assess(
  tx: Tx,
  withdrawal: Withdrawal,
  providers: readonly ConfiguredProvider[],
): Promise<void> {
  const workflowId = workflowIds.withdrawal(withdrawal.id);
  const [policy, sources] = await atOnce(
    tx,
    () => effectivePolicy(tx, 'withdrawal', { entityId: withdrawal.entityId }),
    () => returnSources(tx, withdrawal, withdrawal.currency),
  );
  const { parameters } = policy.compiled.effective;
  const plan = planReturn(withdrawal.amountMinor, waysBack(sources, withdrawal, providers), {
    ...{ ...parameters.returnToSource, now: new Date().toISOString() },
    toNamed: isToken(withdrawal.currency) ? 'crypto_payout' : 'bank_payout',
  });
  if (needsNamed(plan) && namedSource(withdrawal) === null)
    return reject(
      tx,
      withdrawal,
      isToken(withdrawal.currency) ? 'ADDRESS_NEEDED' : 'BANK_ACCOUNT_NEEDED',
    );
  const legs = await routeLegs(tx, { withdrawal, legs: plan.legs, providers });
  if (legs === undefined) return reject(tx, withdrawal, 'NO_PROVIDER');
  const own = countedOwn(withdrawal, parameters);
  const toUnproven = await toUnprovenAddress(tx, withdrawal, { plan, own });
  await planLegs(
    tx,
    withdrawal,
    legs.map((leg) => ({
      ...leg,
      unproven: leg.kind === 'crypto_payout' && hasToBeProven(toUnproven, parameters),
    })),
  );
  await reviewMovement(tx, { ...withdrawal, kind: 'withdrawal' });
  const question: PolicyQuestion<'withdrawal'> = {
    kind: 'withdrawal',
    subject: withdrawal.id,
    entityId: withdrawal.entityId,
    clientId: withdrawal.clientId,
    personId: withdrawal.clientId,
    facts: await factsOf(tx, withdrawal, {
      ...{ parameters, plan, toUnproven },
    }),
  };
  const answer = await keepAnswer(tx, question, policy);
  const { outcome } = answer.evaluation;
  const pins = answer.pins;
  // What a colleague has edited is never paid without another person.
  const isEdited = withdrawal.editedBy.length > 0;
  if (outcome.decision === 'approve' && !isEdited) {
    await moveWithdrawal(tx, withdrawal.id, {
      from: ['requested'],
      to: 'approved',
      event: 'withdrawal.auto_approved',
      pins,
    });
    await setProcess(tx, workflowId, { state: 'approved' });
    return;
  }
  if (outcome.decision === 'refuse') return reject(tx, withdrawal, outcome.reasons[0] ?? 'REFUSED');
  if (
    !(await moveWithdrawal(tx, withdrawal.id, {
      from: ['requested'],
      to: 'in_review',
      event: 'withdrawal.in_review',
      pins,
    }))
  )
    return;
  const asked = {
    issue: [
      ...(isEdited ? [editedIssue] : []),
      ...outcome.reasons.map((code) => ({ code, detail: titleOf(answer.evaluation.hits, code) })),
      ...answer.evaluation.says.map((detail) => ({ code: 'DATA_MISSING', detail })),
    ],
    content: contentOf(withdrawal, legs, await doubtfulInstruments(tx, withdrawal.id)),
    approvalsRequired: outcome.fourEyes === true ? (2 as const) : (1 as const),
  };
  const task = await askForApproval(tx, withdrawal, asked, outcome.dueHours);
  await setProcess(tx, workflowId, {
    state: 'in_review',
    waitsFor: `task ${task.id}`,
    due: task.dueAt,
  });
}

const editedIssue = {
  code: 'EDITED',
  detail: 'A colleague has changed it since it was asked for.',
};

/** Ends it before anything was paid; an approval that was asked for before an edit is not needed any more. */
async function reject(tx: Tx, withdrawal: Withdrawal, refusal: string): Promise<void> {
  await finishWithdrawal(tx, withdrawal.id, { to: 'rejected', refusal });
  if (withdrawal.editedBy.length === 0) return;
  const task = await latestTask(tx, withdrawal.id, 'withdrawal_approval');
  if (task?.state === 'open') await cancelTask(tx, task.id, refusal);
}

/** Opens the approval; after an edit the one that is open is about the new plan, and one that was given is asked anew. */
async function askForApproval(
  tx: Tx,
  withdrawal: Withdrawal,
  asked: Required<Pick<Revision, 'issue' | 'content' | 'approvalsRequired'>>,
  dueHours: number,
): Promise<Task> {
  const { id, entityId, clientId, amountMinor, currency, editedBy } = withdrawal;
  const question = {
    ...asked,
    title: `Withdrawal of ${formatAmount(amountMinor, currency)} ${currency}`,
  };
  const standing =
    editedBy.length === 0 ? undefined : await latestTask(tx, id, 'withdrawal_approval');
  if (standing?.state === 'open') return reviseTask(tx, standing.id, question);
  return openTask(tx, {
    ...question,
    ...{ kind: 'withdrawal_approval', subject: id, workflowId: workflowIds.withdrawal(id) },
    ...{ entityId, clientId, dueHours },
    key: [`withdrawal_approval/${id}`, ...(editedBy.length === 0 ? [] : [editedBy.length])].join(
      '/',
    ),
  });
}

/** What is no card gets money back as far as the provider that took it can pay it. */
function waysBack(
  sources: readonly Source[],
  { currency }: Withdrawal,
  providers: readonly ConfiguredProvider[],
): Source[] {
  return sources.map((source) => {
    const taker = providers.find(({ name }) => name === source.provider);
    if (taker === undefined || source.kind === 'card' || source.kind === 'bank') return source;
    // Who paid by a phone told us its number.
    const hasAddress = source.kind === 'msisdn';
    const { kind } = source;
    return { ...source, way: wayBack(taker.capabilities, { kind, currency, hasAddress }) };
  });
}

/** What an approver signs: who gets how much by which way, past which instruments, and to which that are not proven. */
export function contentOf(
  withdrawal: Withdrawal,
  legs: readonly ReturnLeg[],
  doubtful: readonly DoubtfulInstrument[],
) {
  return {
    withdrawal: withdrawal.id,
    client: withdrawal.clientId,
    amount: formatAmount(withdrawal.amountMinor, withdrawal.currency),
    currency: withdrawal.currency,
    legs: legs.map((leg) => ({
      kind: leg.kind,
      amount: formatAmount(leg.amountMinor, withdrawal.currency),
      provider: leg.provider,
      deposit: leg.depositId,
      source: leg.sourceId ?? namedSource(withdrawal),
    })),
    ...doubtContent(doubtful),
  };
}

function titleOf(
  hits: readonly { readonly reason: string; readonly title: string }[],
  code: string,
): string {
  return hits.find((hit) => hit.reason === code)?.title ?? code;
}

async function factsOf(
  tx: Tx,
  withdrawal: Withdrawal,
  {
    parameters,
    plan,
    toUnproven,
  }: { parameters: WithdrawalParameters; plan: ReturnPlan; toUnproven: string | null },
) {
  const { referenceCurrency, limitRates = [], returnToSource } = parameters;
  const { currency } = withdrawal;
  const { windowDays } = returnToSource;
  // The system's readings, none of which hangs on another: they are under way together.
  const [client, history, otherSources, ownName] = await atOnce(
    tx,
    () => readClientFacts(tx, withdrawal.clientId),
    () => withdrawalHistory(tx, withdrawal),
    async () => plan.excessMinor > 0n && hasOtherSources(tx, withdrawal, { currency, windowDays }),
    () => areOwnNames(tx, withdrawal, plan),
  );
  const inReference = (amounts: readonly Money[]) =>
    countedIn(referenceCurrency, limitRates, amounts);
  const own = countedOwn(withdrawal, parameters);
  return {
    'withdrawal.amount': own(withdrawal.amountMinor),
    'withdrawal.currency': currency,
    'withdrawal.total24h': inReference(history.last24h),
    'withdrawal.total30d': inReference(history.last30d),
    'withdrawal.count24h': history.count24h,
    'withdrawal.excessToBank': own(plan.excessMinor),
    'withdrawal.toUnprovenAddress': toUnproven,
    'withdrawal.otherSources': otherSources,
    'withdrawal.fromPartner': false,
    'instrument.ownName': ownName,
    'instrument.expired': plan.expiredSourceIds.length > 0,
    'client.approved': client.approved,
    'client.kycExpired': client.kycExpired,
    'client.withdrawRestricted': client.withdrawRestricted,
    'client.category': client.category,
    'client.openChargebacks': client.openChargebacks,
    'client.openAlerts': client.openAlerts,
    'security.hoursSinceChange': client.hoursSinceSecurityChange,
    'screening.verdict': client.screeningVerdict,
  };
}

/** What sums of its currency count for in that of the limits. Without a rate it is unknown, and an unknown goes to a person. */
function countedOwn(
  { currency }: Withdrawal,
  { referenceCurrency, limitRates = [] }: WithdrawalParameters,
): CountedOwn {
  return (amountMinor) => countedIn(referenceCurrency, limitRates, [{ amountMinor, currency }]);
}

type CountedOwn = (amountMinor: bigint) => string | null;

/** What goes to a wallet of the client's own that nobody has proven to be theirs; null where its worth is not known. */
async function toUnprovenAddress(
  tx: Tx,
  withdrawal: Withdrawal,
  { plan, own }: { readonly plan: ReturnPlan; readonly own: CountedOwn },
): Promise<string | null> {
  const { clientId, addressSourceId } = withdrawal;
  const legs = plan.legs.filter(({ kind }) => kind === 'crypto_payout');
  if (legs.length === 0 || addressSourceId === null) return own(0n);
  const { vasp, isProven } = await readTokenAddress(tx, { clientId, sourceId: addressSourceId });
  const isDoubtful = vasp === null && !isProven;
  const sum = legs.reduce((whole, { amountMinor }) => whole + amountMinor, 0n);
  return own(isDoubtful ? sum : 0n);
}

/** Regulation (EU) 2023/1113 art. 14(5): above the limit, and what is not known may be above it. */
function hasToBeProven(
  toUnproven: string | null,
  { referenceCurrency, addressProofAbove = '0' }: WithdrawalParameters,
): boolean {
  if (toUnproven === null) return true;
  return (
    parseAmount(toUnproven, referenceCurrency) > parseAmount(addressProofAbove, referenceCurrency)
  );
}

/**
 * A card gets back what it gave, so it is the client's own; a bank account must carry the client's name. An address
 * bears no name: it is the client's when its key has signed for it and nobody else named it, somebody else's when they did, and else
 * nobody knows.
 */
async function areOwnNames(
  tx: Tx,
  { clientId, bankSourceId, addressSourceId }: Withdrawal,
  { legs }: ReturnPlan,
): Promise<boolean | null> {
  if (legs.some(({ kind }) => kind === 'crypto_payout')) {
    if (addressSourceId === null) return false;
    const { isProven, network, address } = await readTokenAddress(tx, {
      ...{ clientId, sourceId: addressSourceId },
    });
    const isShared = await isKnownOfAnother(tx, clientId, { network, address });
    // Whoever has the key may have signed for somebody else: people look at an address of two clients.
    if (isProven) return isShared ? null : true;
    return isShared ? false : null;
  }
  const accounts = legs
    .filter((leg) => leg.kind === 'bank_payout')
    .map((leg) => leg.sourceId ?? bankSourceId);
  for (const sourceId of new Set(accounts)) {
    if (sourceId === null) return false;
    const { holderName } = await bankDetails(tx, clientId, sourceId);
    if (!(await isOwnName(tx, clientId, holderName))) return false;
  }
  return true;
}

/** What the legs come to in the end: everything paid, a part, or nothing. */
export async function endOf(
  tx: Tx,
  withdrawal: Withdrawal,
): Promise<'paid' | 'partly_paid' | 'failed'> {
  const legs = await legsOf(tx, withdrawal.id);
  const paid = legs
    .filter((leg) => leg.state === 'paid')
    .reduce((sum, leg) => sum + leg.amountMinor, 0n);
  if (paid === withdrawal.amountMinor) return 'paid';
  return paid > parseAmount('0', withdrawal.currency) ? 'partly_paid' : 'failed';
}

import { formatAmount, parseAmount } from '../domain/money';
import type { ConfiguredProvider } from '../domain/payments/eligibility';
import { planReturn, type ReturnLeg } from '../domain/payments/return-to-source';
import { workflowIds } from '../temporal-config/workflow-ids';
import { isOwnName, readClientFacts } from '../db/client-facts';
import type { Tx } from '../db/connection';
import { decideByPolicy } from '../db/evaluations';
import { effectivePolicy } from '../db/policies';
import { bankDetails, returnSources } from '../db/payment-sources';
import { setProcess } from '../db/processes';
import { openTask } from '../db/tasks';
import { finishWithdrawal } from '../db/withdrawal-end';
import { routeLegs } from '../db/payout-routes';
import { legsOf, planLegs } from '../db/withdrawal-legs';
import { moveWithdrawal, withdrawalHistory, type Withdrawal } from '../db/withdrawals';

/** Plans the return, asks the policy, and moves the withdrawal to approved, to a person's inbox, or to refused. */
export async function assess(
  tx: Tx,
  withdrawal: Withdrawal,
  providers: readonly ConfiguredProvider[],
): Promise<void> {
  const workflowId = workflowIds.withdrawal(withdrawal.id);
  const { parameters } = (
    await effectivePolicy(tx, 'withdrawal', { entityId: withdrawal.entityId })
  ).compiled.effective;
  const plan = planReturn(
    withdrawal.amountMinor,
    await returnSources(tx, withdrawal, withdrawal.currency),
    { ...parameters.returnToSource, now: new Date().toISOString() },
  );
  if (plan.excessMinor > 0n && withdrawal.bankSourceId === null) {
    await finishWithdrawal(tx, withdrawal.id, { to: 'rejected', refusal: 'BANK_ACCOUNT_NEEDED' });
    return;
  }
  const legs = await routeLegs(tx, { withdrawal, legs: plan.legs, providers });
  if (legs === undefined) {
    await finishWithdrawal(tx, withdrawal.id, { to: 'rejected', refusal: 'NO_PROVIDER' });
    return;
  }
  await planLegs(tx, withdrawal, legs);
  const answer = await decideByPolicy(tx, {
    kind: 'withdrawal',
    subject: withdrawal.id,
    entityId: withdrawal.entityId,
    clientId: withdrawal.clientId,
    personId: withdrawal.clientId,
    facts: await factsOf(tx, withdrawal, {
      referenceCurrency: parameters.referenceCurrency,
      excessMinor: plan.excessMinor,
    }),
  });
  const { outcome } = answer.evaluation;
  const pins = answer.pins;
  if (outcome.decision === 'approve') {
    await moveWithdrawal(tx, withdrawal.id, {
      from: ['requested'],
      to: 'approved',
      event: 'withdrawal.auto_approved',
      pins,
    });
    await setProcess(tx, workflowId, { state: 'approved' });
    return;
  }
  if (outcome.decision === 'refuse') {
    await finishWithdrawal(tx, withdrawal.id, {
      to: 'rejected',
      refusal: outcome.reasons[0] ?? 'REFUSED',
    });
    return;
  }
  if (
    !(await moveWithdrawal(tx, withdrawal.id, {
      from: ['requested'],
      to: 'in_review',
      event: 'withdrawal.in_review',
      pins,
    }))
  )
    return;
  const task = await openTask(tx, {
    kind: 'withdrawal_approval',
    subject: withdrawal.id,
    workflowId,
    entityId: withdrawal.entityId,
    clientId: withdrawal.clientId,
    title: `Withdrawal of ${formatAmount(withdrawal.amountMinor, withdrawal.currency)} ${withdrawal.currency}`,
    issue: [
      ...outcome.reasons.map((code) => ({ code, detail: titleOf(answer.evaluation.hits, code) })),
      ...answer.evaluation.says.map((detail) => ({ code: 'DATA_MISSING', detail })),
    ],
    content: contentOf(withdrawal, legs),
    approvalsRequired: outcome.fourEyes === true ? 2 : 1,
    key: `withdrawal_approval/${withdrawal.id}`,
  });
  await setProcess(tx, workflowId, {
    state: 'in_review',
    waitsFor: `task ${task.id}`,
    due: task.dueAt,
  });
}

/** What an approver signs: who gets how much by which way. */
export function contentOf(withdrawal: Withdrawal, legs: readonly ReturnLeg[]) {
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
      source: leg.sourceId ?? withdrawal.bankSourceId,
    })),
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
  { referenceCurrency, excessMinor }: { referenceCurrency: string; excessMinor: bigint },
) {
  const client = await readClientFacts(tx, withdrawal.clientId);
  const history = await withdrawalHistory(tx, withdrawal);
  // Without a rate the sums stay unknown, and an unknown goes to a person.
  const inReference = (amountMinor: bigint) =>
    withdrawal.currency === referenceCurrency ? formatAmount(amountMinor, referenceCurrency) : null;
  const toBank =
    withdrawal.bankSourceId !== null && excessMinor > 0n
      ? await bankDetails(tx, withdrawal.clientId, withdrawal.bankSourceId)
      : undefined;
  return {
    'withdrawal.amount': inReference(withdrawal.amountMinor),
    'withdrawal.currency': withdrawal.currency,
    'withdrawal.total24h': inReference(history.total24hMinor),
    'withdrawal.total30d': inReference(history.total30dMinor),
    'withdrawal.count24h': history.count24h,
    'withdrawal.excessToBank': inReference(excessMinor),
    'withdrawal.fromPartner': false,
    // A card gets back what it gave, so it is the client's own; a bank account must carry the client's name.
    'instrument.ownName': toBank
      ? await isOwnName(tx, withdrawal.clientId, toBank.holderName)
      : true,
    'instrument.expired': false,
    'client.approved': client.approved,
    'client.kycExpired': client.kycExpired,
    'client.withdrawRestricted': client.withdrawRestricted,
    'client.category': client.category,
    'client.openChargebacks': client.openChargebacks,
    'client.openAlerts': 0,
    'security.hoursSinceChange': client.hoursSinceSecurityChange,
    'screening.verdict': client.screeningVerdict,
  };
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

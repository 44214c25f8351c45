import { z } from 'zod';
import { may, type Scope } from '../../../domain/access/scope';
import { formatAmount, money, type Money } from '../../../domain/money';
import { isToken } from '../../../domain/payments/token-address';
import { leftWords, passOverWords } from '../../../domain/payments/route-words';
import { notFound } from '../../../domain/problem';
import { workflowIds } from '../../../temporal-config/workflow-ids';
import { evaluationsOf } from '../../../db/case-file';
import { namesOfClients } from '../../../db/clients';
import type { Tx } from '../../../db/connection';
import { readDeposit } from '../../../db/deposits';
import { readExchange } from '../../../db/exchanges';
import { inTurn } from '../../../db/in-turn';
import { intentsOfWorkflow } from '../../../db/intent-readers';
import { transactionsOfCause } from '../../../db/ledger-readers';
import { routesOf } from '../../../db/payment-routes';
import { sourcesOfClient } from '../../../db/payment-sources';
import { readProcess, type ProcessState } from '../../../db/processes';
import { providerEventsOf } from '../../../db/provider-events';
import { tasksOfSubjects } from '../../../db/task-lists';
import { timelineOfSubjects } from '../../../db/timeline';
import { travelRuleOf } from '../../../db/travel-rule';
import { readTransfer } from '../../../db/transfers';
import { legsOf, type WithdrawalLeg } from '../../../db/withdrawal-legs';
import { readWithdrawal } from '../../../db/withdrawals';
import type { Task } from '../../../db/tasks';
import { definePage } from '../page';
import { utcWords } from '../template-words';
import { showEvaluations } from './case-trace';
import { decisionView, type DecisionView } from './decision';
import { showEvents } from './events';
import { address } from './lists';
import { backForms, readBack } from './payment-back';
import { changeForms, readChanges } from './withdrawal-changes';

/** A payment of any kind, as its page shows it. */
interface Payment {
  readonly kind: 'deposit' | 'withdrawal' | 'transfer' | 'exchange';
  readonly id: string;
  readonly clientId: string;
  readonly entityId: string;
  readonly amount: Money;
  readonly state: string;
  readonly createdAt: string;
  readonly endedAt: string | null;
  readonly workflowId: string;
  readonly facts: readonly { readonly label: string; readonly value: string | null }[];
  readonly legs: readonly WithdrawalLeg[];
}

function timesWords(count: number): string {
  if (count === 0) return 'never';
  return count === 1 ? 'once' : `${count} times`;
}

async function readPayment(tx: Tx, id: string): Promise<Payment> {
  if (id.startsWith('dep_')) {
    const deposit = await readDeposit(tx, id);
    return {
      ...deposit,
      kind: 'deposit',
      amount: money(deposit.amountMinor, deposit.currency),
      endedAt: deposit.creditedAt,
      workflowId: workflowIds.deposit(id),
      facts: [
        { label: 'Provider', value: deposit.provider },
        { label: 'Number at the provider', value: deposit.providerRef },
        { label: 'Failure', value: deposit.failure ?? 'none' },
        { label: 'Paid with', value: deposit.sourceId },
      ],
      legs: [],
    };
  }
  if (id.startsWith('wd_')) {
    const withdrawal = await readWithdrawal(tx, id);
    return {
      ...withdrawal,
      kind: 'withdrawal',
      amount: money(withdrawal.amountMinor, withdrawal.currency),
      endedAt: withdrawal.finishedAt,
      workflowId: workflowIds.withdrawal(id),
      facts: [
        { label: 'Hold', value: withdrawal.holdId },
        isToken(withdrawal.currency)
          ? { label: 'Address', value: withdrawal.addressSourceId }
          : { label: 'Bank account', value: withdrawal.bankSourceId },
        { label: 'Refusal', value: withdrawal.refusal ?? 'none' },
        { label: 'Edited', value: timesWords(withdrawal.editedBy.length) },
      ],
      legs: await legsOf(tx, id),
    };
  }
  if (id.startsWith('fx_')) return readExchangePayment(tx, id);
  if (!id.startsWith('tr_')) throw notFound('payment');
  const transfer = await readTransfer(tx, id);
  return {
    ...transfer,
    kind: 'transfer',
    amount: money(transfer.amountMinor, transfer.currency),
    endedAt: transfer.finishedAt,
    workflowId: workflowIds.transfer(id),
    facts: [
      {
        label: 'Direction',
        value: transfer.direction === 'to_account' ? 'wallet to account' : 'account to wallet',
      },
      { label: 'Trading account', value: transfer.accountId },
      { label: 'Ticket on the server', value: transfer.ticket },
      { label: 'Refusal', value: transfer.refusal ?? 'none' },
    ],
    legs: [],
  };
}

/** An exchange is posted at once: no process works on it. */
async function readExchangePayment(tx: Tx, id: string): Promise<Payment> {
  const { quote, ...exchange } = await readExchange(tx, id);
  return {
    ...exchange,
    kind: 'exchange',
    amount: money(quote.amountMinor, quote.from),
    state: 'done',
    endedAt: exchange.createdAt,
    workflowId: `exchange/${id}`,
    facts: [
      {
        label: 'Received',
        value: `${formatAmount(quote.receivedMinor, quote.to)} ${quote.to}`,
      },
      { label: 'Rate', value: `1 ${quote.from} = ${quote.rate} ${quote.to}` },
      { label: 'Source of the rate', value: `${quote.rateSource}, ${utcWords(quote.rateAt)}` },
      {
        label: 'Spread',
        value: `${formatAmount(quote.spreadMinor, quote.to)} ${quote.to} (${quote.spreadBasisPoints} basis points)`,
      },
      { label: 'Quote', value: quote.id },
    ],
    legs: [],
  };
}

const paymentPage = definePage({
  path: '/staff/payments/:id',
  auth: { permission: 'payment.read' },
  params: { id: z.string().regex(/^(dep|wd|tr|fx)_[0-9a-f-]{36}$/) },
  handle: async ({ tx, scope, params }) => {
    const payment = await readPayment(tx, params.id);
    const personal = may(scope, 'client.personal');
    const names = personal ? await namesOfClients(tx, [payment.clientId]) : undefined;
    const sources = personal ? await sourcesOfClient(tx, payment.clientId) : [];
    const labels = new Map(sources.map((source) => [source.id, source.label]));
    const back = payment.kind === 'deposit' ? await readBack(tx, scope, payment.id) : undefined;
    const changes =
      payment.kind === 'withdrawal'
        ? await readChanges(tx, scope, { id: payment.id, sources })
        : undefined;
    const causes = [payment.id, ...(back?.causes ?? [])];
    const workflows = [payment.workflowId, ...(back?.workflowIds ?? [])];
    const tasks = await tasksOfSubjects(tx, [
      ...causes,
      ...(back?.subjects ?? []),
      ...payment.legs.map((leg) => `${payment.id}/leg-${leg.leg}`),
    ]);
    const decisions = await decisionData(tx, tasks);
    const process = await readProcess(tx, payment.workflowId);
    return {
      view: 'staff/payment',
      title: `${payment.kind.charAt(0).toUpperCase()}${payment.kind.slice(1)}`,
      data: {
        payment,
        clientName: names?.get(payment.clientId),
        facts: payment.facts.map(({ label, value }) => ({
          label,
          value: value === null ? null : (labels.get(value) ?? value),
        })),
        legs: payment.legs.map((leg) => ({
          ...leg,
          to: (leg.sourceId && labels.get(leg.sourceId)) ?? leg.provider,
        })),
        process,
        now: doableNow(scope, { payment, decisions, process }),
        back: back?.shown,
        changes,
        intents: (await inTurn(workflows, (id) => intentsOfWorkflow(tx, id)))
          .flat()
          .map((intent) => ({
            ...intent,
            amount:
              intent.amountMinor !== null && intent.currency !== null
                ? money(intent.amountMinor, intent.currency)
                : undefined,
            outcomeText:
              intent.outcome === null ? '' : JSON.stringify(intent.outcome, undefined, 2),
          })),
        travelRule: personal ? await travelRuleOf(tx, payment.id) : [],
        providerEvents: await providerEventsOf(tx, payment.id),
        attempts: await attemptData(tx, payment.id),
        ...(await evaluationData(tx, scope, [
          payment.id,
          ...payment.legs.map((leg) => `${payment.id}/leg-${leg.leg}`),
        ])),
        transactions: may(scope, 'ledger.read')
          ? (await inTurn(causes, (cause) => transactionsOfCause(tx, cause))).flat()
          : undefined,
        decisions,
        events: await showEvents(tx, await timelineOfSubjects(tx, [...causes, ...workflows], 200)),
      },
    };
  },
});

/** What people decide or have decided here, each with the hash of the content that they signed. */
async function decisionData(tx: Tx, tasks: readonly Task[]) {
  return inTurn(tasks, async (task) => ({
    ...(await decisionView(tx, task)),
    hash: shownHash(task.contentHash),
  }));
}

/** What somebody can do about it at this moment, and why this reader cannot. Nothing for a payment that is over. */
function doableNow(
  scope: Scope,
  of: {
    readonly payment: Payment;
    readonly decisions: readonly DecisionView[];
    readonly process: ProcessState | undefined;
  },
) {
  const { payment, decisions, process } = of;
  const open = decisions.filter(({ task }) => task.state === 'open');
  const asked = payment.legs.find(({ state }) => state === 'sending' || state === 'unknown');
  return [
    ...open.map(({ task, whyNot }) => ({
      what: `Decide: ${task.title}`,
      href: task.href,
      whyNot: whyNot?.words,
    })),
    ...(process && process.finishedAt === null && may(scope, 'process.read')
      ? [
          {
            what: may(scope, 'process.operate')
              ? 'See its process, and wake it'
              : 'See its process',
            href: address('/staff/operations/process', { id: payment.workflowId }),
            whyNot: undefined,
          },
        ]
      : []),
    ...(asked && may(scope, 'halt.set')
      ? [
          {
            what: `Stop ${asked.provider}, if it misbehaves`,
            href: '/staff/providers',
            whyNot: undefined,
          },
        ]
      : []),
  ];
}

/** As much of a hash as tells one from another by eye, and the whole of it. */
function shownHash(whole: string) {
  return { whole, short: whole.slice(0, 12) };
}

/** Who was asked in turn, and why; what nobody chose (a refund goes back as it came) is shown as such. */
async function attemptData(tx: Tx, id: string) {
  return (await routesOf(tx, id)).map(({ why, ...attempt }) => ({
    ...attempt,
    leg: attempt.leg === 0 ? undefined : attempt.leg,
    left: attempt.leftFor === null ? undefined : leftWords(attempt.leftFor),
    isPassedOn: attempt.decision === 'next',
    why: why && {
      reasons: why.reasons,
      alternatives: why.alternatives.join(', '),
      policy: why.pins.at(-1),
      passedOver: why.passedOver.map(({ provider, reason }) => ({
        provider,
        words: passOverWords[reason],
      })),
    },
  }));
}

/** Facts of a client stand in the trace: only who may see them reads it. */
async function evaluationData(tx: Tx, scope: Scope, subjects: readonly string[]) {
  if (!may(scope, 'client.personal')) return { evaluations: [] };
  return { evaluations: showEvaluations(await evaluationsOf(tx, subjects), scope) };
}

export const paymentPages = [paymentPage, ...backForms(paymentPage), ...changeForms(paymentPage)];

import type { Money } from '../domain/money';
import { depositRefusal } from '../domain/payments/deposit-refusal';
import type { ConfiguredProvider } from '../domain/payments/eligibility';
import { countedIn } from '../domain/payments/limit-rates';
import type { PayerSaid } from '../domain/payments/ways-to-pay';
import type { DepositDecision } from '../domain/policy/kinds/deposit';
import type { OwnName } from '../domain/payments/own-name';
import { refused } from '../domain/problem';
import { readClientFacts, type ClientFacts } from './client-facts';
import { askLimits, assertWithinLimits } from './client-limits';
import { asSystem, type Tx } from './connection';
import { sealPayer } from './deposit-payer';
import { depositedSoFar, requestDeposit, type Deposit, type DepositRequest } from './deposits';
import { decideByPolicy } from './evaluations';
import type { CardDetails } from './payment-sources';
import { assertUnrestricted } from './restrictions';
import { belongsToAnother, looksLikeAnothers } from './shared-instruments';
import { effectivePolicy } from './policies';
import { findRoute, keepRoute, payinQuestion } from './routing';
import { payerFor, waysOfClient } from './ways-to-pay';

/**
 * Starts a deposit when the entity's policy accepts it: an unverified client, a restriction or a sum below the
 * minimum is refused (422 in words for clients: codes of rules and missing facts are ours) before any money moves, and
 * so is what passes a limit of the client's level (422 `level_limit`).
 * Routing then chooses among the providers; 422 `no_provider` when nobody can take it.
 */
export async function requestDepositByPolicy(
  tx: Tx,
  { payer = {}, ...request }: DepositRequest & { readonly payer?: PayerSaid | undefined },
  providers: readonly ConfiguredProvider[],
): Promise<Deposit> {
  // First, and in the same words whatever the restriction: the policy is told of open ones alone.
  await assertUnrestricted(tx, request.clientId, 'deposit');
  await asSystem(tx, async (system) => {
    const { clientId, amount } = request;
    const before = await depositedSoFar(system, clientId);
    const client = await readClientFacts(system, clientId);
    const { outcome } = await decide(system, client, request, {
      stage: 'request',
      cumulative: [...before, amount],
      payerOwnName: null,
    });
    if (outcome.decision !== 'accept') {
      throw refused('deposit_refused', depositRefusal(outcome.reasons, client.approved));
    }
  });
  await assertWithinLimits(tx, request.clientId, { kind: 'deposit', amount: request.amount });
  await assertOffered(tx, request, providers);
  return requestDeposit(tx, request, async (system, id) => {
    const route = await findRoute(
      system,
      await payinQuestion(system, { ...request, id }),
      providers,
    );
    if (route.outcome.decision === 'none') throw nobodyTakesIt();
    const { provider } = route.outcome;
    const chosen = providers.find(({ name }) => name === provider);
    if (!chosen) throw new Error(`routing chose ${provider}, which is not here`);
    const given = payerFor(chosen, request.rail, payer);
    return {
      provider,
      evaluationId: await keepRoute(system, route),
      payerSealed: await sealPayer(system, request.clientId, given),
    };
  });
}

/** Before a provider is chosen: whether anybody here takes this way and currency from this client's country. */
async function assertOffered(
  tx: Tx,
  { clientId, amount, rail }: DepositRequest,
  providers: readonly ConfiguredProvider[],
): Promise<void> {
  const ways = await waysOfClient(tx, clientId, providers);
  if (!ways.some((way) => way.rail === rail && way.currency === amount.currency))
    throw nobodyTakesIt();
}

function nobodyTakesIt() {
  return refused(
    'no_provider',
    'This cannot be paid in this way at the moment. Another amount, currency or way of paying may work.',
  );
}

const ownNameFacts = { own: true, other: false, unclear: null } as const;

/** What the policy says of money that has arrived, and why. */
export interface ReceivedDecision {
  readonly decision: DepositDecision;
  readonly reasons: readonly string[];
  readonly missing: readonly string[];
  /** Limits of the client's level that it passes, for colleagues. */
  readonly says?: readonly string[];
}

/**
 * Asks the entity's policy again when the money is there, with what is known by then: the sum that came, what
 * the client is and may today, and who paid. A payer is somebody else when the instrument is known as another
 * client's, or bears another's name; a card that the client used on our own payment page counts as the client's
 * otherwise. A name that a machine cannot judge, and a card that looks like one that another client used at another
 * account of the provider, is not known, which is for people.
 */
export async function decideReceivedDeposit(
  tx: Tx,
  deposit: Deposit,
  paid: {
    readonly amount: Money;
    readonly instrument: string | undefined;
    readonly card?: CardDetails | undefined;
    /** Whether the account bears the client's name, where it bears one. */
    readonly ownName?: OwnName | undefined;
  },
): Promise<ReceivedDecision> {
  const isAnothers =
    paid.instrument !== undefined &&
    (await belongsToAnother(tx, deposit.clientId, {
      provider: deposit.provider,
      instrument: paid.instrument,
    }));
  const isAlike =
    paid.card !== undefined &&
    (await looksLikeAnothers(tx, deposit.clientId, {
      ...{ provider: deposit.provider, card: paid.card },
    }));
  const ownName = isAlike ? 'unclear' : (paid.ownName ?? 'own');
  const payerOwnName = isAnothers ? false : ownNameFacts[ownName];
  const { outcome, missing } = await decide(
    tx,
    await readClientFacts(tx, deposit.clientId),
    { ...deposit, amount: paid.amount },
    {
      stage: 'received',
      cumulative: await depositedSoFar(tx, deposit.clientId),
      payerOwnName,
    },
  );
  const { decision, reasons } = outcome;
  if (decision !== 'accept') return { decision, reasons, missing };
  // People credit what has arrived past a limit, once more is proven, or send it back.
  const { clientId } = deposit;
  const { amount } = paid;
  const limits = await askLimits(tx, clientId, { kind: 'deposit', amount }, { isAsked: false });
  if (limits === undefined || limits.decision === 'within') return { decision, reasons, missing };
  return { decision: 'review', reasons: limits.reasons, missing, says: limits.says };
}

async function decide(
  tx: Tx,
  client: ClientFacts,
  {
    clientId,
    entityId,
    amount,
  }: { readonly clientId: string; readonly entityId: string; readonly amount: Money },
  asked: {
    readonly stage: 'request' | 'received';
    /** All that the client has deposited, whatever the currencies. */
    readonly cumulative: readonly Money[];
    readonly payerOwnName: boolean | null;
  },
) {
  const { compiled } = await effectivePolicy(tx, 'deposit', { entityId });
  const { referenceCurrency, limitRates = [] } = compiled.effective.parameters;
  const counted = (amounts: readonly Money[]) => countedIn(referenceCurrency, limitRates, amounts);
  const { evaluation } = await decideByPolicy(tx, {
    kind: 'deposit',
    subject: clientId,
    entityId,
    clientId,
    personId: clientId,
    facts: {
      'deposit.stage': asked.stage,
      'deposit.amount': counted([amount]),
      'deposit.cumulative': counted(asked.cumulative),
      'deposit.payerOwnName': asked.payerOwnName,
      'client.verified': client.approved,
      'client.daysUnverified': client.daysUnverified,
      'client.depositRestricted': client.depositRestricted,
      'client.openChargebacks': client.openChargebacks,
      'risk.level': client.riskLevel,
    },
  });
  return evaluation;
}

import type { StepResult } from '../domain/outside';
import type { Flow } from '../domain/payments/flow';
import type { Tx } from '../db/connection';
import { intentOfStep } from '../db/intent-readers';
import { withdrawPlanned } from '../db/intents';
import { attemptsOfPart, leaveAttempt, type PaymentPart } from '../db/payment-attempts';
import { stoppedProviders } from '../db/provider-health';
import { decisionAfter, findRoute, keepRoute, type RouteQuestion } from '../db/routing';
import type { PaymentDeps } from './deposit';

/** A payment, or the leg of one, whose provider has just been asked. */
export interface AskedPart extends PaymentPart {
  readonly entityId: string;
  readonly flow: Flow;
  readonly provider: string;
  readonly workflowId: string;
  readonly step: string;
  /** As routing is asked about it, without those that have refused it. */
  readonly question: (tx: Tx) => Promise<Omit<RouteQuestion, 'tried'>>;
  /** Keeps it from changing until the transaction ends; false when it may not go to another provider any more. */
  readonly lock: (tx: Tx) => Promise<boolean>;
  /** Gives it to another provider, once it is locked and may go. */
  readonly reroute: (
    tx: Tx,
    to: { readonly provider: string; readonly evaluationId: string; readonly code: string },
  ) => Promise<void>;
}

/**
 * What follows on the answer of a provider. A refusal that the retry table lets pass on, and a request that was surely
 * not sent (no connection, or the provider is stopped), go to the next provider that can take the payment: `absent`
 * says to the process that a new attempt may be made. Whatever may have happened stays where it is: what is unknown
 * is looked for and never goes anywhere else. Runs in one transaction with the payment's row.
 */
export async function passOn(
  tx: Tx,
  deps: Pick<PaymentDeps, 'providers'>,
  part: AskedPart,
  result: StepResult,
): Promise<StepResult> {
  if (result.kind === 'refused') return passOnRefused(tx, deps, part, result);
  return result.kind === 'blocked' ? passOnUnsent(tx, deps, part, result) : result;
}

async function passOnRefused(
  tx: Tx,
  deps: Pick<PaymentDeps, 'providers'>,
  part: AskedPart,
  result: StepResult & { readonly kind: 'refused' },
): Promise<StepResult> {
  const { code, intentId } = result;
  const isMovable = await part.lock(tx);
  if (!isMovable && (await isPassedOn(tx, part))) return { kind: 'absent', intentId };
  const decision = await decisionAfter(tx, { ...part, code });
  if (
    decision === 'next' &&
    isMovable &&
    (await toNext(tx, deps, part, { code, lastResort: true }))
  )
    return { kind: 'absent', intentId };
  await leaveAttempt(tx, part, { code, decision });
  return result;
}

/** Another run has given it to another provider already. */
async function isPassedOn(tx: Tx, part: AskedPart): Promise<boolean> {
  const latest = (await attemptsOfPart(tx, part)).at(-1);
  return latest !== undefined && latest.provider !== part.provider;
}

async function passOnUnsent(
  tx: Tx,
  deps: Pick<PaymentDeps, 'providers'>,
  part: AskedPart,
  result: StepResult & { readonly kind: 'blocked' },
): Promise<StepResult> {
  const { code } = result;
  // A stop of everything or of the entity stops the others, too.
  const isItsOwn =
    code === 'not_sent' ||
    (code === 'halted' && (await stoppedProviders(tx, part.flow)).has(part.provider));
  if (!isItsOwn) return result;
  if (!(await part.lock(tx))) return result;
  const intent = await intentOfStep(tx, part.workflowId, part.step);
  if (intent?.state !== 'planned') return result;
  const isOn = await toNext(tx, deps, part, {
    code,
    // Here it may be sent yet: it does not leave for one that fails, too.
    lastResort: false,
    before: () => withdrawPlanned(tx, intent, { neverSent: true, goesTo: 'another provider' }),
  });
  return isOn ? { kind: 'absent', intentId: intent.id } : result;
}

/** Gives a part that is locked, and may be moved, to the next provider; false when nobody else can take it. */
async function toNext(
  tx: Tx,
  deps: Pick<PaymentDeps, 'providers'>,
  part: AskedPart,
  how: {
    readonly code: string;
    readonly lastResort: boolean;
    readonly before?: () => Promise<boolean>;
  },
): Promise<boolean> {
  const attempts = await attemptsOfPart(tx, part);
  // One that was stopped was never asked, and may be asked when it is not; never the one that is left now.
  const asked = attempts.filter(({ leftFor }) => leftFor !== 'halted');
  const tried = [part.provider, ...asked.map(({ provider }) => provider)];
  const question = { ...(await part.question(tx)), tried: [...new Set(tried)] };
  const route = await findRoute(tx, question, deps.providers);
  const { outcome } = route;
  if (outcome.decision === 'none') return false;
  if (!how.lastResort && outcome.reasons.includes('LAST_RESORT')) return false;
  if (how.before && !(await how.before())) return false;
  const evaluationId = await keepRoute(tx, route);
  await part.reroute(tx, { provider: outcome.provider, evaluationId, code: how.code });
  return true;
}

import { systemScope } from '../domain/access/scope';
import type { StepResult } from '../domain/outside';
import { inScope, type Tx } from '../db/connection';
import { intentOfStep, type Intent } from '../db/intent-readers';
import type { IntentOutcome } from '../db/intents';
import { providerEventsOf } from '../db/provider-events';
import type { PaymentDeps } from './deposit';
import { performOnce } from './outside';
import { doneBy, resolveSent } from './provider-outcome';

/** Money of a payment that goes back by the provider that took it, in one round of asking for it. */
export interface GiveBack {
  readonly workflowId: string;
  readonly step: string;
  readonly depositId: string;
  readonly entityId: string;
  readonly clientId: string;
  readonly provider: string;
  /** The provider's number of the payment. */
  readonly paymentRef: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  /** What people are asked about, when its outcome stays unknown. */
  readonly subject: string;
  /** Throws while nothing may go back; runs in the transaction that marks the request as sent. */
  readonly gate: (tx: Tx) => Promise<void>;
}

/** The step of a round: people may ask to try again, under a new key. */
export function stepOfRound(name: string, round: number): string {
  return round === 1 ? name : `${name}-${round}`;
}

/** Asks the provider once; the intent's id is its key. */
export function sendBack(deps: PaymentDeps, back: GiveBack): Promise<StepResult> {
  return performOnce(deps.db, {
    plan: {
      workflowId: back.workflowId,
      step: back.step,
      kind: 'refund',
      target: back.provider,
      reference: back.depositId,
      entityId: back.entityId,
      clientId: back.clientId,
      amountMinor: back.amountMinor,
      currency: back.currency,
    },
    tokenOf: (intentId) => intentId,
    gate: back.gate,
    call: (intent) => callProvider(deps, back, intent),
  });
}

/** Finds out what became of it: looked up under its key, never sent again under another. */
export async function lookUpBack(deps: PaymentDeps, back: GiveBack): Promise<StepResult> {
  const intent = await intentOf(deps, back);
  if (!intent) return { kind: 'absent', intentId: '' };
  const provider = deps.providerFor(back.provider);
  return resolveSent(deps.db, {
    intent,
    subject: back.subject,
    keyHours: provider.capabilities.keyHours,
    lookUp: () => provider.lookUpRefund({ operationId: intent.id, paymentRef: back.paymentRef }),
    repeat: () => callProvider(deps, back, intent),
    gate: back.gate,
  });
}

/** How an accepted one stands: by the provider's answer now (`ask`), its last message, or what it answered at once. */
export async function standingOfBack(
  deps: PaymentDeps,
  back: GiveBack,
  { ask }: { ask: boolean },
): Promise<{ readonly status: string | undefined; readonly providerRef: string } | undefined> {
  const intent = await intentOf(deps, back);
  if (intent?.state !== 'done') return undefined;
  const asked = ask
    ? await deps
        .providerFor(back.provider)
        .lookUpRefund({ operationId: intent.id, paymentRef: back.paymentRef })
    : undefined;
  const status =
    asked?.kind === 'found'
      ? asked.status
      : await inScope(deps.db, scopeOf(back), (tx) => statusOf(tx, intent));
  return { status, providerRef: intent.externalId ?? '' };
}

function scopeOf({ workflowId }: GiveBack) {
  return systemScope(`workflow:${workflowId}`);
}

function intentOf(deps: PaymentDeps, back: GiveBack): Promise<Intent | undefined> {
  return inScope(deps.db, scopeOf(back), (tx) => intentOfStep(tx, back.workflowId, back.step));
}

async function callProvider(
  deps: PaymentDeps,
  { provider, paymentRef, amountMinor, currency }: GiveBack,
  { id: operationId }: Intent,
): Promise<IntentOutcome> {
  const outcome = await deps
    .providerFor(provider)
    .refund({ operationId, paymentRef, amountMinor, currency });
  return outcome.kind === 'done' ? doneBy(outcome) : outcome;
}

/** The provider's last word by its own clock, or what it answered at once. */
export async function statusOf(tx: Tx, intent: Intent): Promise<string | undefined> {
  const last = (await providerEventsOf(tx, intent.id)).at(-1)?.normalised['status'];
  if (typeof last === 'string') return last;
  const { outcome } = intent;
  if (outcome === null || typeof outcome !== 'object' || !('detail' in outcome)) return undefined;
  const { detail } = outcome;
  return detail !== null && typeof detail === 'object' && 'status' in detail
    ? String(detail.status)
    : undefined;
}

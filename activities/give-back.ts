import { systemScope } from '../domain/access/scope';
import type { StepResult } from '../domain/outside';
import type {
  LookUp,
  PaymentProvider,
  Payout,
  PayoutDestination,
  Refund,
} from '../connectors/psp/port';
import { inScope, type Tx } from '../db/connection';
import { intentOfStep, type Intent } from '../db/intent-readers';
import type { IntentOutcome } from '../db/intents';
import { providerEventsOf } from '../db/provider-events';
import type { PaymentDeps } from './deposit';
import { performOnce } from './outside';
import { doneBy, resolveSent } from './provider-outcome';

/** Money of a payment that goes back, in one round of asking for it: by the provider that took it, or by a payout. */
export interface GiveBack {
  readonly workflowId: string;
  readonly step: string;
  readonly depositId: string;
  readonly entityId: string;
  readonly clientId: string;
  readonly provider: string;
  /** The provider's number of the payment. */
  readonly paymentRef: string;
  /** Where it goes, when who took it gives nothing back; read for the provider's request alone. */
  readonly payTo?: () => Promise<PayoutDestination>;
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
      kind: back.payTo ? 'payout' : 'refund',
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
    lookUp: () => lookUpAt(provider, back, intent),
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
  const asked = ask ? await lookUpAt(deps.providerFor(back.provider), back, intent) : undefined;
  const status =
    asked?.kind === 'found'
      ? asked.status
      : await inScope(deps.db, scopeOf(back), (tx) => statusOf(tx, intent));
  return { status: asRefund(status), providerRef: intent.externalId ?? '' };
}

function lookUpAt(
  provider: PaymentProvider,
  { payTo, paymentRef }: GiveBack,
  { id: operationId }: Intent,
): Promise<LookUp<Refund | Payout>> {
  return payTo
    ? provider.lookUpPayout({ operationId })
    : provider.lookUpRefund({ operationId, paymentRef });
}

/** A payout's words for the end of it in those of a refund. */
function asRefund(status: string | undefined): string | undefined {
  if (status === 'paid') return 'succeeded';
  return status === 'returned' ? 'failed' : status;
}

function scopeOf({ workflowId }: GiveBack) {
  return systemScope(`workflow:${workflowId}`);
}

function intentOf(deps: PaymentDeps, back: GiveBack): Promise<Intent | undefined> {
  return inScope(deps.db, scopeOf(back), (tx) => intentOfStep(tx, back.workflowId, back.step));
}

async function callProvider(
  deps: PaymentDeps,
  { provider, paymentRef, amountMinor, currency, payTo, depositId }: GiveBack,
  { id: operationId }: Intent,
): Promise<IntentOutcome> {
  if (payTo) {
    const destination = await payTo();
    const paid = await deps.providerFor(provider).payout({
      ...{ operationId, amountMinor, currency, destination },
      remittance: `Return of ${depositId}`,
    });
    return paid.kind === 'done' ? doneBy(paid) : paid;
  }
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

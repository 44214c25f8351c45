import { systemScope } from '../domain/access/scope';
import { isRefund } from '../domain/payments/return-to-source';
import type { Creditor, LookUp, Payout, PayoutDestination, Refund } from '../connectors/psp/port';
import { workflowIds } from '../temporal-config/workflow-ids';
import { inScope, type Tx } from '../db/connection';
import { readDeposit } from '../db/deposits';
import type { IntentOutcome } from '../db/intents';
import { bankDetails, payerAddress, type BankDetails } from '../db/payment-sources';
import type { WithdrawalLeg } from '../db/withdrawal-legs';
import type { Withdrawal } from '../db/withdrawals';
import type { PaymentDeps } from './deposit';
import { doneBy } from './provider-outcome';
import { tokenDestination } from './token-payout';

/** One leg as its provider is asked for it; the provider keeps `operationId` as its key. */
interface LegOperation {
  readonly withdrawal: Withdrawal;
  readonly leg: WithdrawalLeg;
  readonly operationId: string;
}

/** Which way the money of a leg goes: back by a payment, or to somewhere. */
export type LegWay =
  | { readonly kind: 'refund'; readonly paymentRef: string }
  | { readonly kind: 'payout'; readonly destination: PayoutDestination };

/** Reads it. */
export async function wayOf(
  tx: Tx,
  { withdrawal, leg }: Pick<LegOperation, 'withdrawal' | 'leg'>,
): Promise<LegWay> {
  return isRefund(leg)
    ? { kind: 'refund', paymentRef: await paymentRefOf(tx, leg) }
    : { kind: 'payout', destination: await destinationOf(tx, withdrawal, leg) };
}

/** Asks the leg's provider once: a refund, or a payout to a bank account, an address or the phone that paid. */
export async function callProvider(
  deps: PaymentDeps,
  { withdrawal, leg, operationId }: LegOperation,
  way: LegWay,
): Promise<IntentOutcome> {
  const provider = deps.providerFor(leg.provider);
  const amount = { operationId, amountMinor: leg.amountMinor, currency: leg.currency };
  if (way.kind === 'refund') {
    const outcome = await provider.refund({ ...amount, paymentRef: way.paymentRef });
    return outcome.kind === 'done' ? doneBy(outcome) : outcome;
  }
  const outcome = await provider.payout({
    ...amount,
    destination: way.destination,
    remittance: `Withdrawal ${withdrawal.id}`,
  });
  return outcome.kind === 'done' ? doneBy(outcome) : outcome;
}

/** What the provider has of the leg now. */
export async function lookUpAtProvider(
  deps: PaymentDeps,
  { withdrawal, leg, operationId }: LegOperation,
): Promise<LookUp<Refund | Payout>> {
  const provider = deps.providerFor(leg.provider);
  return isRefund(leg)
    ? provider.lookUpRefund({
        operationId,
        paymentRef: await inScope(
          deps.db,
          systemScope(`workflow:${workflowIds.withdrawal(withdrawal.id)}`),
          (tx) => paymentRefOf(tx, leg),
        ),
      })
    : provider.lookUpPayout({ operationId });
}

/** The provider's word on the leg, asked for now; undefined while it knows nothing of it. */
export async function statusAtProvider(
  deps: PaymentDeps,
  operation: LegOperation,
): Promise<string | undefined> {
  const found = await lookUpAtProvider(deps, operation);
  return found.kind === 'found' ? found.status : undefined;
}

async function paymentRefOf(tx: Tx, { depositId }: WithdrawalLeg): Promise<string> {
  if (depositId === null) throw new Error('a refund names its deposit');
  const { providerRef } = await readDeposit(tx, depositId);
  if (providerRef === null) throw new Error(`${depositId} was never paid`);
  return providerRef;
}

async function destinationOf(
  tx: Tx,
  withdrawal: Withdrawal,
  { sourceId, kind }: WithdrawalLeg,
): Promise<PayoutDestination> {
  const { clientId } = withdrawal;
  if (sourceId === null) throw new Error('a payout names its account');
  if (kind === 'source_payout') {
    const phone = await payerAddress(tx, clientId, sourceId);
    if (phone === null) throw new Error(`nobody knows where ${sourceId} is reached`);
    return { kind: 'msisdn', phone };
  }
  if (kind === 'crypto_payout') return tokenDestination(tx, { ...withdrawal, sourceId });
  return { kind: 'bank_account', ...creditorOf(await bankDetails(tx, clientId, sourceId)) };
}

/** A bank account as a provider is told it. */
export function creditorOf({ holderName, country, iban, bic, local }: BankDetails): Creditor {
  return {
    ...{ name: holderName, country },
    ...(iban === null ? {} : { iban }),
    ...(bic === null ? {} : { bic }),
    ...(local ? { accountNumber: local.accountNumber, bankCode: local.bankCode } : {}),
  };
}

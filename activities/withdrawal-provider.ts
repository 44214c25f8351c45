import { systemScope } from '../domain/access/scope';
import { isRefund } from '../domain/payments/return-to-source';
import type { Creditor, LookUp, Payout, PayoutDestination, Refund } from '../connectors/psp/port';
import { workflowIds } from '../temporal-config/workflow-ids';
import { inScope } from '../db/connection';
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

/** Asks the leg's provider once: a refund, or a payout to a bank account, an address or the phone that paid. */
export async function callProvider(
  deps: PaymentDeps,
  { withdrawal, leg, operationId }: LegOperation,
): Promise<IntentOutcome> {
  const provider = deps.providerFor(leg.provider);
  const amount = { operationId, amountMinor: leg.amountMinor, currency: leg.currency };
  if (isRefund(leg)) {
    const outcome = await provider.refund({
      ...amount,
      paymentRef: await paymentRefOf(deps, withdrawal, leg),
    });
    return outcome.kind === 'done' ? doneBy(outcome) : outcome;
  }
  const outcome = await provider.payout({
    ...amount,
    destination: await destinationOf(deps, withdrawal, leg),
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
        paymentRef: await paymentRefOf(deps, withdrawal, leg),
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

async function paymentRefOf(
  deps: PaymentDeps,
  withdrawal: Withdrawal,
  leg: WithdrawalLeg,
): Promise<string> {
  const { depositId } = leg;
  if (depositId === null) throw new Error('a refund names its deposit');
  const deposit = await inScope(
    deps.db,
    systemScope(`workflow:${workflowIds.withdrawal(withdrawal.id)}`),
    (tx) => readDeposit(tx, depositId),
  );
  if (deposit.providerRef === null) throw new Error(`${depositId} was never paid`);
  return deposit.providerRef;
}

async function destinationOf(
  deps: PaymentDeps,
  withdrawal: Withdrawal,
  leg: WithdrawalLeg,
): Promise<PayoutDestination> {
  const { sourceId } = leg;
  if (sourceId === null) throw new Error('a payout names its account');
  const scope = systemScope(`workflow:${workflowIds.withdrawal(withdrawal.id)}`);
  if (leg.kind === 'source_payout') {
    const phone = await inScope(deps.db, scope, (tx) =>
      payerAddress(tx, withdrawal.clientId, sourceId),
    );
    if (phone === null) throw new Error(`nobody knows where ${sourceId} is reached`);
    return { kind: 'msisdn', phone };
  }
  if (leg.kind === 'crypto_payout')
    return inScope(deps.db, scope, (tx) => tokenDestination(tx, { ...withdrawal, sourceId }));
  const bank = await inScope(deps.db, scope, (tx) =>
    bankDetails(tx, withdrawal.clientId, sourceId),
  );
  return {
    kind: 'bank_account',
    ...creditorOf(bank),
  };
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

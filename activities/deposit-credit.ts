import { formatAmount } from '../domain/money';
import { railInWords } from '../domain/payments/rail-words';
import { reviewMovement } from '../db/aml-alerts';
import { recordArrival } from '../db/chain-senders';
import type { Tx } from '../db/connection';
import { givenByPayer } from '../db/deposit-payer';
import { creditDeposit, type Deposit } from '../db/deposits';
import { queueMail } from '../db/mails';
import { saveSource } from '../db/payment-sources';
import { payeeOfPayer } from '../db/receipts';
import type { ReceivedPayment } from '../db/received-payments';
import { startVerificationClock } from '../db/verification-clocks';

/** Credits the wallet once, keeps what paid, and writes to the client. */
export async function credit(tx: Tx, deposit: Deposit, paid: ReceivedPayment): Promise<void> {
  const sourceId = await keepSource(tx, deposit, paid);
  await creditDeposit(tx, deposit.id, { sourceId, providerRef: paid.providerRef });
  await recordArrival(tx, deposit, paid.amountMinor);
  await startVerificationClock(tx, deposit);
  await reviewMovement(tx, { ...deposit, kind: 'deposit' });
  await queueMail(tx, {
    key: `deposit_received/${deposit.id}`,
    kind: 'deposit_received',
    clientId: deposit.clientId,
    entityId: deposit.entityId,
    data: {
      amount: formatAmount(deposit.amountMinor, deposit.currency),
      currency: deposit.currency,
      reference: deposit.id,
      method: methodOf(deposit, paid),
    },
  });
}

/** What the money came from, where it is known well enough to be known again or paid back to. */
async function keepSource(
  tx: Tx,
  deposit: Deposit,
  { instrument, transfer }: ReceivedPayment,
): Promise<string | null> {
  const { provider } = deposit;
  if (instrument === undefined) {
    const bank = transfer && payeeOfPayer(transfer.payer);
    return bank ? saveSource(tx, deposit, { kind: 'bank', provider, bank }) : null;
  }
  if (!('kind' in instrument))
    return saveSource(tx, deposit, { kind: 'card', provider, card: instrument });
  const { phone = null } = await givenByPayer(tx, deposit);
  return saveSource(tx, deposit, {
    ...{ kind: 'payer', provider, payer: instrument },
    address: instrument.kind === 'msisdn' ? phone : null,
  });
}

function methodOf(deposit: Deposit, { instrument }: ReceivedPayment): string {
  if (instrument === undefined) return railInWords(deposit.rail, deposit.currency);
  return 'kind' in instrument
    ? `${railInWords(deposit.rail, deposit.currency)} ${instrument.label}`
    : `${instrument.brand} ending ${instrument.last4}`;
}

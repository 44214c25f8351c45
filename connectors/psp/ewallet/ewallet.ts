import { limitsOf } from '../../../domain/payments/capabilities';
import { formatAmount } from '../../../domain/money';
import { minorOf } from '../amounts';
import { paidBy } from '../paid-by';
import {
  doneAsAsked,
  lacking,
  payoutRefusedBefore,
  refusedBefore,
  refusedBy,
  unknown,
} from '../answers';
import {
  type Capabilities,
  type LookUp,
  type Outcome,
  type Payment,
  type PaymentOutcome,
  type PaymentProvider,
  type PaymentRequest,
  type Payout,
  type PayoutOutcome,
  type PayoutRequest,
  type Refund,
  type RefundOutcome,
  type RefundRequest,
} from '../port';
import { callApi, callCheckout, sealOf, type EwalletSettings, type Form } from './client';
import { readMessage, verifyMessage } from './messages';
import {
  readAnswer,
  readQuery,
  refundSchema,
  transferSchema,
  type QueryAnswer,
  type Transaction,
} from './wire';

const limits = limitsOf(
  ['EUR', 'USD', 'GBP', 'CHF', 'PLN', 'CZK', 'SGD', 'AUD', 'ZAR', 'AED'],
  100n,
  10_000_000n,
);

const capabilities: Capabilities = {
  rails: ['e-wallet'],
  operations: {
    payment: { limits, countries: 'any', lookUp: 'reference' },
    // A refund is known by the wallet's number alone until its message brings ours back.
    refund: { limits, countries: 'any', lookUp: 'message' },
    payout: { limits, countries: 'any', lookUp: 'reference', destinations: ['wallet'] },
  },
  // An id of ours is a label there, not a key: the same transfer twice would be paid twice.
  keyHours: 0,
};

/** An e-wallet after Skrill: a page to pay on, refunds to the wallet that paid, transfers to any wallet. */
export function createEwalletProvider(settings: EwalletSettings): PaymentProvider {
  return {
    name: 'ewallet',
    capabilities,
    createPayment: (request) => createPayment(settings, request),
    cancelPayment: (request) => cancelPayment(settings, request.providerRef),
    refund: (request) => refund(settings, request),
    payout: (request) => payout(settings, request),
    lookUpPayment: async (request) =>
      found(await query(settings, request.operationId), (row) => paymentOf(settings, row)),
    lookUpRefund: () => Promise.resolve(unknown('a refund is told by its message')),
    lookUpPayout: async (request) => found(await query(settings, request.operationId), payoutOf),
    verifyWebhook: (rawBody) => verifyMessage(settings, rawBody),
    readWebhook: (rawBody) => readMessage(settings, rawBody),
  };
}

/** A payment is known by our id there, before and after somebody paid it. */
async function createPayment(
  settings: EwalletSettings,
  request: PaymentRequest,
): Promise<PaymentOutcome> {
  const { operationId, amountMinor, currency } = request;
  const refusal = refusedBefore('ewallet', capabilities, { operation: 'payment', ...request });
  if (refusal) return refusal;
  const reply = await callCheckout(settings, {
    prepare_only: '1',
    pay_to_email: settings.email,
    transaction_id: operationId,
    amount: formatAmount(amountMinor, currency),
    currency,
    detail1_description: 'Payment',
    detail1_text: request.description,
    return_url: request.returnUrl,
    cancel_url: request.returnUrl,
    status_url: settings.callbackUrl,
  });
  if (reply.kind !== 'answered') return reply;
  if (reply.status >= 400) return refusedBy('ewallet', /"code":"(\w+)"/.exec(reply.text)?.[1]);
  if (!/^[0-9a-f]{32}$/i.test(reply.text)) return unknown('the answer cannot be read');
  return {
    kind: 'done',
    providerRef: operationId,
    amountMinor,
    currency,
    status: 'open',
    nextAction: { kind: 'redirect', url: `${settings.checkoutUrl}/?sid=${reply.text}` },
  };
}

/**
 * A session ends by itself 15 minutes after it was opened, hours before anybody gives a payment up: one that the
 * wallet knows nothing of can be paid no more. `XXX` is ISO 4217's "no currency": nothing was paid.
 */
async function cancelPayment(
  settings: EwalletSettings,
  providerRef: string,
): Promise<LookUp<Payment>> {
  const answer = found(await query(settings, providerRef), (row) => paymentOf(settings, row));
  if (answer.kind !== 'absent') return answer;
  return {
    kind: 'found',
    providerRef,
    amountMinor: 0n,
    currency: 'XXX',
    status: 'cancelled',
    nextAction: { kind: 'none' },
  };
}

/** Two steps: what is prepared moves nothing, and its session can be carried out once. */
async function inTwoSteps(
  settings: EwalletSettings,
  script: 'pay.pl' | 'refund.pl',
  { order, action }: { readonly order: Form; readonly action: 'transfer' | 'refund' },
): Promise<Outcome<{ readonly fields: Readonly<Record<string, string>> }>> {
  const prepared = await callApi(settings, script, { action: 'prepare', ...order });
  if (prepared.kind === 'unknown') {
    return { kind: 'refused', code: 'not_prepared', reason: prepared.reason, notSent: true };
  }
  if (prepared.kind === 'refused') return prepared;
  const session = readAnswer(prepared.text);
  if (session?.kind === 'error') return refusedBy('ewallet', session.code);
  if (session?.kind !== 'session') {
    return { kind: 'refused', code: 'not_prepared', reason: 'no session', notSent: true };
  }
  const reply = await callApi(settings, script, { action, sid: session.sid });
  if (reply.kind !== 'answered') return reply;
  const answer = readAnswer(reply.text);
  if (answer?.kind === 'error') return refusedBy('ewallet', answer.code);
  if (answer?.kind !== 'fields') return unknown('the answer cannot be read');
  return { kind: 'done', fields: answer.fields };
}

async function refund(settings: EwalletSettings, request: RefundRequest): Promise<RefundOutcome> {
  const { operationId, paymentRef, amountMinor, currency } = request;
  const refusal = refusedBefore('ewallet', capabilities, { operation: 'refund', ...request });
  if (refusal) return refusal;
  const outcome = await inTwoSteps(settings, 'refund.pl', {
    action: 'refund',
    order: {
      transaction_id: paymentRef,
      amount: formatAmount(amountMinor, currency),
      refund_status_url: settings.callbackUrl,
      merchant_fields: 'operation_id,operation_seal',
      operation_id: operationId,
      operation_seal: sealOf(settings, operationId),
    },
  });
  if (outcome.kind !== 'done') return outcome;
  const parsed = refundSchema.safeParse(outcome.fields);
  if (!parsed.success) return unknown('the answer cannot be read');
  const { mb_transaction_id: providerRef, mb_amount, mb_currency, status } = parsed.data;
  const answered: Refund = {
    providerRef,
    paymentRef,
    amountMinor: minorOf(mb_amount, mb_currency) ?? -1n,
    currency: mb_currency,
    status: status === '2' ? 'succeeded' : status === '0' ? 'pending' : 'failed',
  };
  return doneAsAsked(answered, request);
}

async function payout(settings: EwalletSettings, request: PayoutRequest): Promise<PayoutOutcome> {
  const { operationId, amountMinor, currency, destination, remittance } = request;
  const refusal = payoutRefusedBefore('ewallet', capabilities, request);
  if (refusal) return refusal;
  if (destination.kind !== 'wallet') return lacking('ewallet', 'destination_unsupported');
  const outcome = await inTwoSteps(settings, 'pay.pl', {
    action: 'transfer',
    order: {
      amount: formatAmount(amountMinor, currency),
      currency,
      bnf_email: destination.walletId,
      subject: remittance,
      note: remittance,
      frn_trn_id: operationId,
    },
  });
  if (outcome.kind !== 'done') return outcome;
  const parsed = transferSchema.safeParse(outcome.fields);
  if (!parsed.success) return unknown('the answer cannot be read');
  const { id, amount, currency: sentIn, status } = parsed.data;
  const answered: Payout = {
    providerRef: id,
    amountMinor: minorOf(amount, sentIn) ?? -1n,
    currency: sentIn,
    status: status === '2' ? 'paid' : 'accepted',
  };
  return doneAsAsked(answered, request);
}

async function query(settings: EwalletSettings, ourId: string): Promise<QueryAnswer> {
  const reply = await callApi(settings, 'query.pl', { action: 'status_trn', trn_id: ourId });
  if (reply.kind !== 'answered') {
    return { kind: 'unreadable', reason: `look-up failed: ${reply.reason}` };
  }
  return readQuery(reply.text);
}

function found<T>(answer: QueryAnswer, read: (row: Transaction) => T): LookUp<T> {
  if (answer.kind === 'absent') return answer;
  if (answer.kind === 'unreadable') return unknown(answer.reason);
  const [row, ...others] = answer.rows;
  if (!row) return unknown('the answer is empty');
  if (others.length === 0) return { kind: 'found', ...read(row) };
  return { kind: 'ambiguous', providerRefs: answer.rows.map((each) => each.mb_transaction_id) };
}

/** A charged-back payment was paid all the same: its message says what became of it. */
function paymentOf(settings: EwalletSettings, row: Transaction): Payment {
  const paid = row.status === '2' || row.status === '-3';
  return {
    providerRef: row.transaction_id,
    amountMinor: row.amountMinor,
    currency: row.currency,
    status: paid ? 'succeeded' : row.status === '0' ? 'processing' : 'cancelled',
    nextAction: { kind: 'none' },
    ...(paid && row.pay_from_email
      ? { paidBy: paidBy('wallet', row.pay_from_email, settings.secretWord) }
      : {}),
  };
}

function payoutOf(row: Transaction): Payout {
  return {
    providerRef: row.mb_transaction_id,
    amountMinor: row.amountMinor,
    currency: row.currency,
    status: row.status === '2' ? 'paid' : row.status === '0' ? 'accepted' : 'returned',
  };
}

import { limitsOf } from '../../../domain/payments/capabilities';
import {
  agrees,
  destinationOf,
  lacking,
  refusedBefore,
  unsupported,
  WebhookRejected,
  type Capabilities,
  type LookUp,
  type PaymentProvider,
  type Payout,
  type PayoutLookUp,
  type PayoutOutcome,
  type PayoutRequest,
  type WebhookHeaders,
  type WebhookMessage,
} from '../port';
import { callBank, type BankConfig } from './client';
import { signatureHeader, webhookSignatureHolds } from './signature';
import { errorSchema, messageOf, payoutListSchema, payoutOf, payoutSchema } from './wire';

const capabilities: Capabilities = {
  rails: ['bank'],
  operations: {
    payout: {
      limits: limitsOf(
        ['EUR', 'USD', 'GBP', 'CHF', 'AUD', 'ZAR', 'AED', 'PLN', 'CZK', 'SGD', 'JPY'],
        1n,
        // 18 digits of minor units are what the bank's format holds.
        10n ** 18n - 1n,
      ),
      countries: 'any',
      lookUp: 'reference',
      destinations: ['bank_account'],
    },
  },
  keyHours: null,
};

/** Payouts to bank accounts through a signed REST API that takes each reference once, for ever. */
export function createBankProvider(config: BankConfig): PaymentProvider {
  return {
    name: 'bank',
    capabilities,
    createPayment: () => Promise.resolve(unsupported('bank', 'payment')),
    cancelPayment: () => Promise.resolve({ kind: 'absent' }),
    refund: () => Promise.resolve(unsupported('bank', 'refund')),
    payout: (request) => payout(config, request),
    lookUpPayment: () => Promise.resolve({ kind: 'absent' }),
    lookUpRefund: () => Promise.resolve({ kind: 'absent' }),
    lookUpPayout: (request) => lookUpPayout(config, request),
    verifyWebhook: (rawBody, headers) => verify(config, rawBody, headers),
    readWebhook: (rawBody) => messageOf(rawBody),
  };
}

async function payout(config: BankConfig, request: PayoutRequest): Promise<PayoutOutcome> {
  const destination = destinationOf(request);
  const refusal = refusedBefore('bank', capabilities, {
    operation: 'payout',
    destination: destination.kind,
    amountMinor: request.amountMinor,
    currency: request.currency,
  });
  if (refusal) return refusal;
  if (destination.kind !== 'bank_account') return lacking('bank', 'destination_unsupported');
  const { kind: _kind, ...creditor } = destination;
  const reply = await callBank(config, 'POST', '/bank/v1/payouts', {
    reference: request.operationId,
    amountMinor: request.amountMinor.toString(),
    currency: request.currency,
    creditor,
    remittance: request.remittance,
  });
  if (reply.kind !== 'answered') return reply;
  if (reply.status === 409) return conflictOutcome(config, request, reply.body);
  const parsed = payoutSchema.safeParse(reply.body);
  if (!parsed.success) return { kind: 'unknown', reason: 'the answer cannot be read' };
  return agreed(payoutOf(parsed.data), request);
}

/** The reference was used before: by this very payout, as a rule, whose answer was lost. */
async function conflictOutcome(
  config: BankConfig,
  request: PayoutRequest,
  body: unknown,
): Promise<PayoutOutcome> {
  const parsed = errorSchema.safeParse(body);
  if (!parsed.success || parsed.data.error.code !== 'duplicate_reference') {
    return { kind: 'unknown', reason: 'status 409' };
  }
  const found = await lookUpPayout(config, { operationId: request.operationId });
  if (found.kind !== 'found') return { kind: 'unknown', reason: 'duplicate_reference' };
  const { kind: _kind, ...existing } = found;
  return agreed(existing, request);
}

function agreed(answered: Payout, asked: PayoutRequest): PayoutOutcome {
  return agrees(answered, asked)
    ? { kind: 'done', ...answered }
    : { kind: 'unknown', reason: 'amount_differs' };
}

async function lookUpPayout(config: BankConfig, request: PayoutLookUp): Promise<LookUp<Payout>> {
  const reference = encodeURIComponent(request.operationId);
  const reply = await callBank(config, 'GET', `/bank/v1/payouts?reference=${reference}`);
  if (reply.kind !== 'answered') {
    return { kind: 'unknown', reason: `look-up failed: ${reply.reason}` };
  }
  const parsed = payoutListSchema.safeParse(reply.body);
  if (!parsed.success) return { kind: 'unknown', reason: 'the answer cannot be read' };
  const [first, ...others] = parsed.data.payouts.filter(
    (row) => row.reference === request.operationId,
  );
  if (!first) return { kind: 'absent' };
  if (others.length === 0) return { kind: 'found', ...payoutOf(first) };
  return { kind: 'ambiguous', providerRefs: parsed.data.payouts.map((row) => row.id) };
}

function verify(config: BankConfig, rawBody: Buffer, headers: WebhookHeaders): WebhookMessage {
  const signature = headers[signatureHeader];
  if (typeof signature !== 'string') throw new WebhookRejected('bad_signature', 'no signature');
  if (!webhookSignatureHolds(config.key, signature, rawBody, new Date())) {
    throw new WebhookRejected('bad_signature', 'the signature does not hold');
  }
  return messageOf(rawBody);
}

import { limitsOf } from '../../../domain/payments/capabilities';
import {
  doneAsAsked,
  lacking,
  onlyOne,
  payoutRefusedBefore,
  unknown,
  withoutPayments,
  withoutRefunds,
} from '../answers';
import { WebhookRejected, type WebhookHeaders, type WebhookMessage } from '../messages';
import type {
  Capabilities,
  LookUp,
  PaymentProvider,
  Payout,
  PayoutLookUp,
  PayoutOutcome,
  PayoutRequest,
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
    ...withoutPayments('bank'),
    ...withoutRefunds('bank'),
    payout: (request) => payout(config, request),
    lookUpPayout: (request) => lookUpPayout(config, request),
    verifyWebhook: (rawBody, headers) => verify(config, rawBody, headers),
    readWebhook: (rawBody) => messageOf(rawBody),
  };
}

async function payout(config: BankConfig, request: PayoutRequest): Promise<PayoutOutcome> {
  const { destination } = request;
  const refusal = payoutRefusedBefore('bank', capabilities, request);
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
  if (!parsed.success) return unknown('the answer cannot be read');
  return doneAsAsked(payoutOf(parsed.data), request);
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
  return doneAsAsked(existing, request);
}

async function lookUpPayout(config: BankConfig, request: PayoutLookUp): Promise<LookUp<Payout>> {
  const reference = encodeURIComponent(request.operationId);
  const reply = await callBank(config, 'GET', `/bank/v1/payouts?reference=${reference}`);
  if (reply.kind !== 'answered') {
    return { kind: 'unknown', reason: `look-up failed: ${reply.reason}` };
  }
  const parsed = payoutListSchema.safeParse(reply.body);
  if (!parsed.success) return unknown('the answer cannot be read');
  const found = parsed.data.payouts.filter((row) => row.reference === request.operationId);
  return onlyOne(found, payoutOf);
}

function verify(config: BankConfig, rawBody: Buffer, headers: WebhookHeaders): WebhookMessage {
  const signature = headers[signatureHeader];
  if (typeof signature !== 'string') throw new WebhookRejected('bad_signature', 'no signature');
  if (!webhookSignatureHolds(config.key, signature, rawBody, new Date())) {
    throw new WebhookRejected('bad_signature', 'the signature does not hold');
  }
  return messageOf(rawBody);
}

import { limitsOf } from '../../../domain/payments/capabilities';
import { formatAmount } from '../../../domain/money';
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
import { callCustodian, messageHolds, signatureHeader, type CustodianSettings } from './client';
import { listSchema, messageOf, payoutOf, transferSchema } from './wire';

const capabilities: Capabilities = {
  rails: ['crypto'],
  operations: {
    payout: {
      limits: limitsOf(['USDT', 'USDC'], 1_000_000n, 1_000_000_000_000n),
      countries: 'any',
      lookUp: 'reference',
      destinations: ['crypto_address'],
    },
  },
  keyHours: null,
};

/**
 * Sends tokens through whoever keeps them and signs: the product has no private key. The custodian takes each
 * reference once, for ever, and the names of both sides travel with every transfer.
 */
export function createCustodianProvider(settings: CustodianSettings): PaymentProvider {
  return {
    name: 'custodian',
    capabilities,
    ...withoutPayments('custodian'),
    ...withoutRefunds('custodian'),
    payout: (request) => payout(settings, request),
    lookUpPayout: (request) => lookUpPayout(settings, request),
    verifyWebhook: (rawBody, headers) => verify(settings, rawBody, headers),
    readWebhook: (rawBody) => messageOf(rawBody),
  };
}

async function payout(settings: CustodianSettings, request: PayoutRequest): Promise<PayoutOutcome> {
  const { operationId, amountMinor, currency, destination } = request;
  const refusal = payoutRefusedBefore('custodian', capabilities, request);
  if (refusal) return refusal;
  if (destination.kind !== 'crypto_address') return lacking('custodian', 'destination_unsupported');
  const { chain, address, beneficiary } = destination;
  const reply = await callCustodian(settings, {
    method: 'POST',
    target: '/v1/transfers',
    payload: {
      reference: operationId,
      token: currency,
      chain,
      address,
      amount: formatAmount(amountMinor, currency),
      travelRule: {
        originator: settings.originator,
        beneficiary: beneficiary.name,
        beneficiaryVasp: beneficiary.vasp,
      },
    },
  });
  if (reply.kind === 'refused' || reply.kind === 'unknown') return reply;
  if (reply.kind === 'taken') return known(settings, request);
  const parsed = transferSchema.safeParse(reply.body);
  if (!parsed.success) return unknown('the answer cannot be read');
  return doneAsAsked(payoutOf(parsed.data), request);
}

/** The reference was used before: by this very transfer, as a rule, whose answer was lost. */
async function known(settings: CustodianSettings, request: PayoutRequest): Promise<PayoutOutcome> {
  const found = await lookUpPayout(settings, request);
  if (found.kind !== 'found') return { kind: 'unknown', reason: 'duplicate_reference' };
  const { kind: _kind, ...existing } = found;
  return doneAsAsked(existing, request);
}

async function lookUpPayout(
  settings: CustodianSettings,
  { operationId }: PayoutLookUp,
): Promise<LookUp<Payout>> {
  const target = `/v1/transfers?reference=${encodeURIComponent(operationId)}`;
  const reply = await callCustodian(settings, { method: 'GET', target });
  if (reply.kind !== 'read') {
    const reason = reply.kind === 'taken' ? reply.kind : reply.reason;
    return { kind: 'unknown', reason: `look-up failed: ${reason}` };
  }
  const parsed = listSchema.safeParse(reply.body);
  if (!parsed.success) return unknown('the answer cannot be read');
  const found = parsed.data.transfers.filter((row) => row.reference === operationId);
  return onlyOne(found, payoutOf);
}

function verify(
  settings: CustodianSettings,
  rawBody: Buffer,
  headers: WebhookHeaders,
): WebhookMessage {
  const signature = headers[signatureHeader];
  if (typeof signature !== 'string' || !messageHolds(settings, signature, rawBody)) {
    throw new WebhookRejected('bad_signature', 'the signature does not hold');
  }
  return messageOf(rawBody);
}

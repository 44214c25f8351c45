import { limitsOf } from '../../../domain/payments/capabilities';
import { formatAmount } from '../../../domain/money';
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
    createPayment: () => Promise.resolve(unsupported('custodian', 'payment')),
    cancelPayment: () => Promise.resolve({ kind: 'absent' }),
    refund: () => Promise.resolve(unsupported('custodian', 'refund')),
    payout: (request) => payout(settings, request),
    lookUpPayment: () => Promise.resolve({ kind: 'absent' }),
    lookUpRefund: () => Promise.resolve({ kind: 'absent' }),
    lookUpPayout: (request) => lookUpPayout(settings, request),
    verifyWebhook: (rawBody, headers) => verify(settings, rawBody, headers),
    readWebhook: (rawBody) => messageOf(rawBody),
  };
}

async function payout(settings: CustodianSettings, request: PayoutRequest): Promise<PayoutOutcome> {
  const { operationId, amountMinor, currency } = request;
  const destination = destinationOf(request);
  const refusal = refusedBefore('custodian', capabilities, {
    operation: 'payout',
    destination: destination.kind,
    amountMinor,
    currency,
  });
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
  if (!parsed.success) return { kind: 'unknown', reason: 'the answer cannot be read' };
  return agreed(payoutOf(parsed.data), request);
}

/** The reference was used before: by this very transfer, as a rule, whose answer was lost. */
async function known(settings: CustodianSettings, request: PayoutRequest): Promise<PayoutOutcome> {
  const found = await lookUpPayout(settings, request);
  if (found.kind !== 'found') return { kind: 'unknown', reason: 'duplicate_reference' };
  const { kind: _kind, ...existing } = found;
  return agreed(existing, request);
}

function agreed(answered: Payout, asked: PayoutRequest): PayoutOutcome {
  return agrees(answered, asked)
    ? { kind: 'done', ...answered }
    : { kind: 'unknown', reason: 'amount_differs' };
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
  if (!parsed.success) return { kind: 'unknown', reason: 'the answer cannot be read' };
  const rows = parsed.data.transfers.filter((row) => row.reference === operationId);
  const [first, ...others] = rows;
  if (!first) return { kind: 'absent' };
  if (others.length > 0) return { kind: 'ambiguous', providerRefs: rows.map(({ id }) => id) };
  return { kind: 'found', ...payoutOf(first) };
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

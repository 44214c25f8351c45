import { major } from '../amounts';
import { type PayIn, type Sending } from '../book';

/** Amounts are JSON numbers of major units. */
export function amountNumber(amountMinor: string, currency: string): number {
  return Number(major(amountMinor, currency));
}

export function methodOf(payin: PayIn): object {
  const { type, channel, methodId, payload, accountNumber, customerName } = payin.facts;
  const expires_at = new Date(payin.expiresMs).toISOString();
  const amount = amountNumber(payin.amountMinor, payin.currency);
  const common = { id: methodId, type, reusability: 'ONE_TIME_USE', status: 'PENDING' };
  return type === 'QR_CODE'
    ? {
        ...common,
        qr_code: {
          amount,
          currency: payin.currency,
          channel_code: channel,
          channel_properties: { qr_string: payload, expires_at },
        },
      }
    : {
        ...common,
        virtual_account: {
          amount,
          currency: payin.currency,
          channel_code: channel,
          channel_properties: {
            customer_name: customerName,
            virtual_account_number: accountNumber,
            expires_at,
          },
        },
      };
}

export function requestObject(payin: PayIn): object {
  const expired = payin.status === 'open' && payin.expiresMs < Date.now();
  const status = expired
    ? 'EXPIRED'
    : { open: 'PENDING', paid: 'SUCCEEDED', cancelled: 'EXPIRED' }[payin.status];
  return {
    id: payin.id,
    created: new Date(payin.createdMs).toISOString(),
    reference_id: payin.reference,
    business_id: 'simulator',
    amount: amountNumber(
      payin.status === 'paid' ? payin.paidMinor : payin.amountMinor,
      payin.currency,
    ),
    currency: payin.currency,
    country: payin.facts.country,
    status,
    payment_method: methodOf(payin),
    actions: [],
    metadata: null,
  };
}

/** Names of payees stay with the provider. */
export function sendingObject(sending: Sending): object {
  const status = { accepted: 'ACCEPTED', paid: 'SUCCEEDED', returned: 'FAILED' }[sending.status];
  return {
    id: sending.id,
    status,
    reference_id: sending.reference,
    amount: amountNumber(sending.amountMinor, sending.currency),
    currency: sending.currency,
    channel_code: sending.facts.channel,
    ...(sending.code ? { failure_code: sending.code } : {}),
    created: new Date(sending.createdMs).toISOString(),
    updated: new Date().toISOString(),
  };
}

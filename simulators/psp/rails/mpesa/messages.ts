import { type Change } from '../../../journal/journal';
import { announce, type Psp } from '../../psp';
import { wireId } from '../../cards/objects';
import { major } from '../amounts';
import { type Happening, type PayIn, type Sending } from '../book';

export const shortCode = '600996';
export const initiator = 'testapi';

/** What the provider tells its merchant of. */
export function tell(psp: Psp, happening: Happening): Change[] {
  switch (happening.kind) {
    case 'payin':
      return push(psp, happening.row);
    case 'payout':
      return happening.row.status === 'accepted' ? [] : result(psp, happening.row);
    // A reversal is asked for at M-Pesa's desk, and told to nobody's server.
    case 'chargeback':
    case 'refund':
      return [];
    default:
      return happening satisfies never;
  }
}

function push(psp: Psp, payin: PayIn): Change[] {
  const paid = payin.status === 'paid';
  const items = [
    { Name: 'Amount', Value: Number(major(payin.paidMinor, payin.currency)) },
    { Name: 'MpesaReceiptNumber', Value: payin.facts.receipt },
    { Name: 'Balance' },
    { Name: 'TransactionDate', Value: Number(stamp(payin.paidMs)) },
    { Name: 'PhoneNumber', Value: Number(payin.payer) },
  ];
  return announce(psp, {
    side: 'mpesa',
    id: wireId('stk'),
    type: paid ? 'stk.paid' : 'stk.failed',
    url: payin.facts.callbackUrl ?? '',
    body: {
      Body: {
        stkCallback: {
          MerchantRequestID: payin.facts.merchantRequestId,
          CheckoutRequestID: payin.id,
          ResultCode: paid ? 0 : Number(payin.code || '1032'),
          ResultDesc: paid
            ? 'The service request is processed successfully.'
            : 'Request cancelled by user',
          ...(paid ? { CallbackMetadata: { Item: items } } : {}),
        },
      },
    },
  });
}

function result(psp: Psp, sending: Sending): Change[] {
  const paid = sending.status === 'paid';
  const { receipt = '', resultUrl = '', conversationId = '', phone = '' } = sending.facts;
  return resultMessage(psp, resultUrl, {
    ResultType: 0,
    ResultCode: paid ? 0 : Number(/^\d+$/.test(sending.code) ? sending.code : '2001'),
    ResultDesc: paid ? 'The service request is processed successfully.' : 'It was not carried out.',
    OriginatorConversationID: sending.reference,
    ConversationID: conversationId,
    TransactionID: receipt,
    ...(paid
      ? {
          ResultParameters: {
            ResultParameter: [
              { Key: 'TransactionAmount', Value: Number(major(sending.amountMinor, 'KES')) },
              { Key: 'TransactionReceipt', Value: receipt },
              { Key: 'ReceiverPartyPublicName', Value: `${phone} - Payee` },
              { Key: 'B2CRecipientIsRegisteredCustomer', Value: 'Y' },
            ],
          },
        }
      : {}),
  });
}

/** What a status query finds comes to the query's own address. */
export function statusMessage(psp: Psp, url: string, ids: { query: string; sending?: Sending }) {
  const { sending } = ids;
  const state = { accepted: 'Authorized', paid: 'Completed', returned: 'Declined' };
  return resultMessage(psp, url, {
    ResultType: 0,
    ResultCode: sending ? 0 : 2032,
    ResultDesc: sending ? 'The service request is processed successfully.' : 'No such transaction.',
    OriginatorConversationID: wireId('oc'),
    ConversationID: ids.query,
    TransactionID: wireId('q').slice(0, 10).toUpperCase(),
    ...(sending
      ? {
          ResultParameters: {
            ResultParameter: [
              { Key: 'TransactionStatus', Value: state[sending.status] },
              { Key: 'Amount', Value: Number(major(sending.amountMinor, 'KES')) },
              { Key: 'ReceiptNo', Value: sending.facts.receipt },
              { Key: 'OriginatorConversationID', Value: sending.reference },
            ],
          },
        }
      : {}),
  });
}

function resultMessage(psp: Psp, url: string, body: Readonly<Record<string, unknown>>): Change[] {
  const type = body.ResultCode === 0 ? 'result.done' : 'result.failed';
  return announce(psp, { side: 'mpesa', id: wireId('res'), type, url, body: { Result: body } });
}

/** YYYYMMDDHHmmss in East Africa, three hours before UTC. */
export function stamp(ms: number): string {
  return new Date(ms + 3 * 3_600_000).toISOString().replaceAll(/\D/g, '').slice(0, 14);
}

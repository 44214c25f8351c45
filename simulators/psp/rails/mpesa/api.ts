import { type Fault } from '../../../faults/faults';
import { integer, readJson, text, type JsonObject } from '../../../http/control';
import { json, type Answer, type Call, type Handler, type Routes } from '../../../http/server';
import { wireId } from '../../cards/objects';
import { perform } from '../../perform';
import { commit, type Operation, type Psp } from '../../psp';
import { put } from '../../state';
import { acceptSending, openPayIn, payInOf, sendingsOf, type Sending } from '../book';
import { initiator, tell, shortCode, statusMessage } from './messages';

const tokenSeconds = 3599;
/** A prompt on a phone is answered within a minute, or is over. */
const promptMs = 60_000;

export function mpesaRoutes(routes: Routes, psp: Psp): void {
  routes
    .on('GET', '/mpesa/oauth/v1/generate', (call) => token(psp, call))
    .on('POST', '/mpesa/mpesa/stkpush/v1/processrequest', write(psp, 'payment', push))
    .on('POST', '/mpesa/mpesa/stkpushquery/v1/query', write(psp, 'lookup', queryPush))
    .on('POST', '/mpesa/mpesa/b2c/v3/paymentrequest', write(psp, 'payout', send))
    .on('POST', '/mpesa/mpesa/transactionstatus/v1/query', write(psp, 'lookup', queryStatus));
}

function token(psp: Psp, call: Call): Answer {
  const pair = `${psp.secretOf('mpesa.consumerKey')}:${psp.secretOf('mpesa.consumerSecret')}`;
  const basic = `Basic ${Buffer.from(pair).toString('base64')}`;
  if (call.headers.authorization !== basic)
    return problem(400, '400.008.01', 'Invalid Authentication passed');
  return json(200, { access_token: tokenOf(psp), expires_in: String(tokenSeconds) });
}

/** The token in force; another one after each `POST /expire-tokens`. */
function tokenOf(psp: Psp): string {
  return psp.secretOf(`mpesa.token ${psp.state.get('settings', 'all')?.tokensExpired ?? 0}`);
}

type Run = (psp: Psp, body: JsonObject, call: Call, instead?: Answer) => Answer;

function write(psp: Psp, operation: Operation, run: Run): Handler {
  return async (call) => {
    if (call.headers.authorization !== `Bearer ${tokenOf(psp)}`) {
      return problem(401, '404.001.03', 'Invalid Access Token');
    }
    const body = readJson(call.raw);
    if (!body) return problem(400, '400.002.05', 'Invalid Request Payload');
    const reply = await perform(
      psp,
      operation,
      call,
      (instead) => run(psp, body, call, instead),
      refusal,
    );
    psp.settlements.arm();
    return reply;
  };
}

function refusal(fault: Fault): Answer {
  return problem(400, fault.code ?? '400.002.02', 'Bad Request - refused');
}

function problem(status: number, errorCode: string, errorMessage: string): Answer {
  return json(status, { requestId: wireId('rq'), errorCode, errorMessage });
}

/** base64(short code, pass key, timestamp). */
function passwordHolds(psp: Psp, body: JsonObject): boolean {
  const plain = `${shortCode}${psp.secretOf('mpesa.passKey')}${text(body, 'Timestamp') ?? ''}`;
  const wanted = Buffer.from(plain).toString('base64');
  return text(body, 'Password') === wanted && /^\d{14}$/.test(text(body, 'Timestamp') ?? '');
}

/** Whole shillings only. */
function amountOf(body: JsonObject): string | undefined {
  const amount = integer(body, 'Amount') ?? Number(text(body, 'Amount') ?? 'NaN');
  return Number.isSafeInteger(amount) && amount > 0 ? String(amount * 100) : undefined;
}

function push(psp: Psp, body: JsonObject, _call: Call, instead?: Answer): Answer {
  if (!passwordHolds(psp, body)) return problem(400, '500.001.1001', 'Wrong credentials');
  const amountMinor = amountOf(body);
  const phone = text(body, 'PhoneNumber') ?? '';
  const reference = text(body, 'AccountReference') ?? '';
  if (amountMinor === undefined) return problem(400, '400.002.02', 'Bad Request - Invalid Amount');
  if (!/^254\d{9}$/.test(phone))
    return problem(400, '400.002.02', 'Bad Request - Invalid PhoneNumber');
  if (reference === '' || reference.length > 12) {
    return problem(400, '400.002.02', 'Bad Request - Invalid AccountReference');
  }
  const callbackUrl = text(body, 'CallBackURL') ?? '';
  if (!URL.canParse(callbackUrl))
    return problem(400, '400.002.02', 'Bad Request - Invalid CallBackURL');
  const now = Date.now();
  const payin = openPayIn({
    id: `ws_CO_${wireId('x').slice(2)}`,
    side: 'mpesa',
    // M-Pesa knows no id of the merchant's but the address it is to call.
    reference: new URL(callbackUrl).searchParams.get('op') ?? reference,
    amountMinor,
    currency: 'KES',
    payer: phone,
    createdMs: now,
    expiresMs: now + promptMs,
    facts: { callbackUrl, merchantRequestId: wireId('mr'), receipt: receipt() },
  });
  commit(psp, [put('payins', payin.id, payin)]);
  return (
    instead ??
    json(200, {
      MerchantRequestID: payin.facts.merchantRequestId,
      CheckoutRequestID: payin.id,
      ResponseCode: '0',
      ResponseDescription: 'Success. Request accepted for processing',
      CustomerMessage: 'Success. Request accepted for processing',
    })
  );
}

function receipt(): string {
  return wireId('r').slice(2, 12).toUpperCase();
}

function queryPush(psp: Psp, body: JsonObject): Answer {
  if (!passwordHolds(psp, body)) return problem(400, '500.001.1001', 'Wrong credentials');
  const payin = payInOf(psp, 'mpesa', { id: text(body, 'CheckoutRequestID') ?? '' });
  if (!payin) return problem(400, '400.002.02', 'Bad Request - Invalid CheckoutRequestID');
  const expired = payin.status === 'open' && payin.expiresMs < Date.now();
  if (payin.status === 'open' && !expired) {
    return problem(500, '500.001.1001', 'The transaction is being processed');
  }
  const code = payin.status === 'paid' ? '0' : expired ? '1037' : payin.code;
  return json(200, {
    ResponseCode: '0',
    ResponseDescription: 'The service request has been accepted successfully',
    MerchantRequestID: payin.facts.merchantRequestId,
    CheckoutRequestID: payin.id,
    ResultCode: code,
    ResultDesc: code === '0' ? 'The service request is processed successfully.' : 'Not paid',
  });
}

function initiatorHolds(psp: Psp, body: JsonObject, field: string): boolean {
  return (
    text(body, field) === initiator &&
    text(body, 'SecurityCredential') === psp.secretOf('mpesa.securityCredential')
  );
}

function send(psp: Psp, body: JsonObject, call: Call, instead?: Answer): Answer {
  if (!initiatorHolds(psp, body, 'InitiatorName'))
    return problem(400, '401.002.01', 'Invalid initiator');
  const amountMinor = amountOf(body);
  const phone = text(body, 'PartyB') ?? '';
  const reference = text(body, 'OriginatorConversationID') ?? '';
  if (amountMinor === undefined) return problem(400, '400.002.02', 'Bad Request - Invalid Amount');
  if (!/^254\d{9}$/.test(phone)) return problem(400, '400.002.02', 'Bad Request - Invalid PartyB');
  if (reference === '')
    return problem(400, '400.002.02', 'Bad Request - Invalid OriginatorConversationID');
  if (sendingsOf(psp, 'mpesa', reference).length > 0) {
    return problem(500, '500.002.1001', 'Duplicate OriginatorConversationID');
  }
  const sending: Sending = {
    id: wireId('b2c'),
    side: 'mpesa',
    reference,
    amountMinor,
    currency: 'KES',
    status: 'accepted',
    code: '',
    createdMs: Date.now(),
    facts: {
      phone,
      resultUrl: text(body, 'ResultURL') ?? '',
      conversationId: `AG_${wireId('x').slice(2)}`,
      receipt: receipt(),
    },
  };
  commit(psp, acceptSending(psp, tell, sending, call.raw.toString('utf8')));
  return instead ?? accepted(sending.facts.conversationId ?? '', reference);
}

function accepted(ConversationID: string, OriginatorConversationID: string): Answer {
  return json(200, {
    ConversationID,
    OriginatorConversationID,
    ResponseCode: '0',
    ResponseDescription: 'Accept the service request successfully.',
  });
}

/** Takes the question; the answer comes to the address it names. */
function queryStatus(psp: Psp, body: JsonObject): Answer {
  if (!initiatorHolds(psp, body, 'Initiator'))
    return problem(400, '401.002.01', 'Invalid initiator');
  const [sending] = sendingsOf(psp, 'mpesa', text(body, 'OriginalConversationID') ?? '');
  const query = `AG_${wireId('x').slice(2)}`;
  const resultUrl = text(body, 'ResultURL') ?? '';
  commit(psp, statusMessage(psp, resultUrl, { query, ...(sending ? { sending } : {}) }));
  return accepted(query, wireId('oc'));
}

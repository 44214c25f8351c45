import { type Fault } from '../../../faults/faults';
import { isObject, readJson, text, type JsonObject } from '../../../http/control';
import { json, type Answer, type Call, type Handler, type Routes } from '../../../http/server';
import { wireId } from '../../cards/objects';
import { perform } from '../../perform';
import { type Operation, type Psp } from '../../psp';
import { put } from '../../state';
import { minor } from '../amounts';
import {
  acceptSending,
  closePayIn,
  openPayIn,
  payInOf,
  sendingsOf,
  type PayIn,
  type Sending,
} from '../book';
import { onceForKey } from '../idempotency';
import { requestObject, sendingObject } from './objects';
import { channelOf, qrString } from './qr';
import { tell } from './messages';

/** A code or an account is good for a day unless the merchant says otherwise. */
const expiryMs = 24 * 3_600_000;

export function xenditRoutes(routes: Routes, psp: Psp): void {
  routes
    .on('POST', '/xendit/payment_requests', write(psp, 'payment', open))
    .on('GET', '/xendit/payment_requests', read(psp, listRequests))
    .on(
      'GET',
      '/xendit/payment_requests/:id',
      read(psp, (_psp, call) => found(payIn(psp, call))),
    )
    .on('POST', '/xendit/payment_methods/:id/expire', read(psp, expire))
    .on('POST', '/xendit/v2/payouts', write(psp, 'payout', send))
    .on('GET', '/xendit/v2/payouts', read(psp, listPayouts));
}

function write(
  psp: Psp,
  operation: Operation,
  run: (psp: Psp, body: JsonObject, call: Call, instead?: Answer) => Answer,
): Handler {
  return async (call) => {
    const denied = authenticate(psp, call);
    if (denied) return denied;
    const body = readJson(call.raw);
    if (!body) return problem(400, 'API_VALIDATION_ERROR');
    const apply = (instead?: Answer) => run(psp, body, call, instead);
    const reply = await perform(psp, operation, call, apply, refusal);
    psp.settlements.arm();
    return reply;
  };
}

function read(psp: Psp, run: (psp: Psp, call: Call) => Answer): Handler {
  return (call) => authenticate(psp, call) ?? perform(psp, 'lookup', call, () => run(psp, call));
}

function authenticate(psp: Psp, call: Call): Answer | undefined {
  const basic = Buffer.from(`${psp.secretOf('xendit.secretKey')}:`).toString('base64');
  return call.headers.authorization === `Basic ${basic}`
    ? undefined
    : problem(401, 'INVALID_API_KEY');
}

function refusal(fault: Fault): Answer {
  return problem(fault.status ?? 400, fault.code ?? 'API_VALIDATION_ERROR');
}

function problem(status: number, error_code: string): Answer {
  return json(status, { error_code, message: `Refused: ${error_code}.` });
}

function keyed(
  psp: Psp,
  call: Call,
  instead: Answer | undefined,
  run: Parameters<typeof onceForKey>[2],
): Answer {
  const key = call.headers['idempotency-key'];
  if (typeof key !== 'string' || key === '') return problem(400, 'API_VALIDATION_ERROR');
  const conflict = problem(409, 'IDEMPOTENCY_ERROR');
  return onceForKey(psp, { call, key: `xendit/${key}`, conflict, instead }, run);
}

function refused(status: number, code: string) {
  return { answer: problem(status, code), changes: [] };
}

function open(psp: Psp, body: JsonObject, call: Call, instead?: Answer): Answer {
  return keyed(psp, call, instead, () => {
    const payin = newPayIn(psp, body);
    if (typeof payin === 'string') return refused(400, payin);
    return { answer: json(201, requestObject(payin)), changes: [put('payins', payin.id, payin)] };
  });
}

function newPayIn(psp: Psp, body: JsonObject): PayIn | string {
  const currency = text(body, 'currency') ?? '';
  const amountMinor = minor(String(body.amount), currency);
  const reference = text(body, 'reference_id') ?? '';
  const method = isObject(body.payment_method) ? body.payment_method : {};
  const facts = factsOf(psp, method, { currency, amountMinor: amountMinor ?? '0', reference });
  if (amountMinor === undefined || reference === '') return 'API_VALIDATION_ERROR';
  if (facts === undefined) return 'CHANNEL_UNAVAILABLE';
  const now = Date.now();
  return openPayIn({
    id: `pr-${wireId('x').slice(2)}`,
    side: 'xendit',
    reference,
    amountMinor,
    currency,
    createdMs: now,
    expiresMs: Date.parse(facts.expiresAt) || now + expiryMs,
    facts: {
      ...facts,
      country: text(body, 'country') ?? '',
      methodId: `pm-${wireId('x').slice(2)}`,
      paymentId: `py-${wireId('x').slice(2)}`,
    },
  });
}

function factsOf(
  psp: Psp,
  method: JsonObject,
  order: { readonly currency: string; readonly amountMinor: string; readonly reference: string },
): (Record<string, string> & { expiresAt: string }) | undefined {
  const type = text(method, 'type') ?? '';
  if (type === 'QR_CODE') {
    const channel = channelOf(order.currency);
    const { properties } = channelOfMethod(method.qr_code);
    if (channel === undefined || order.amountMinor === '0') return undefined;
    const payload = qrString(order.currency, order.amountMinor, order.reference);
    return { type, channel, payload, expiresAt: text(properties, 'expires_at') ?? '' };
  }
  const { channel, properties } = channelOfMethod(method.virtual_account);
  if (type !== 'VIRTUAL_ACCOUNT' || order.currency !== 'IDR' || channel === '') return undefined;
  return {
    type,
    channel,
    customerName: text(properties, 'customer_name') ?? '',
    accountNumber: String(8_808_999_900_000_000n + BigInt(psp.state.all('payins').length)),
    expiresAt: text(properties, 'expires_at') ?? '',
  };
}

function channelOfMethod(value: unknown): { channel: string; properties: JsonObject } {
  const method = isObject(value) ? value : {};
  const properties = isObject(method.channel_properties) ? method.channel_properties : {};
  return { channel: text(method, 'channel_code') ?? '', properties };
}

function payIn(psp: Psp, call: Call): PayIn | undefined {
  return payInOf(psp, 'xendit', { id: call.params.id ?? '' });
}

function found(payin: PayIn | undefined): Answer {
  return payin ? json(200, requestObject(payin)) : problem(404, 'DATA_NOT_FOUND');
}

function listRequests(psp: Psp, call: Call): Answer {
  const reference = call.query.get('reference_id') ?? '';
  const rows = psp.state
    .all('payins')
    .filter((row) => row.side === 'xendit' && row.reference === reference);
  return json(200, { data: rows.map(requestObject), has_more: false });
}

function expire(psp: Psp, call: Call): Answer {
  const row = psp.state.all('payins').find((payin) => payin.facts.methodId === call.params.id);
  if (!row) return problem(404, 'DATA_NOT_FOUND');
  if (row.status !== 'open') return problem(400, 'PAYMENT_METHOD_NOT_ACTIVE');
  closePayIn(psp, tell, row, 'EXPIRED');
  return json(200, { id: row.facts.methodId, status: 'EXPIRED' });
}

function send(psp: Psp, body: JsonObject, call: Call, instead?: Answer): Answer {
  return keyed(psp, call, instead, () => {
    const currency = text(body, 'currency') ?? '';
    const amountMinor = minor(String(body.amount), currency);
    const reference = text(body, 'reference_id') ?? '';
    const channel = text(body, 'channel_code') ?? '';
    const payee = isObject(body.channel_properties) ? body.channel_properties : {};
    if (amountMinor === undefined || reference === '') return refused(400, 'API_VALIDATION_ERROR');
    if (!/^[A-Z]{2}_[A-Z0-9_]+$/.test(channel)) return refused(400, 'CHANNEL_CODE_NOT_SUPPORTED');
    if (!/^\d{5,30}$/.test(text(payee, 'account_number') ?? '')) {
      return refused(400, 'INVALID_DESTINATION');
    }
    const sending: Sending = {
      id: `disb-${wireId('x').slice(2)}`,
      side: 'xendit',
      reference,
      amountMinor,
      currency,
      status: 'accepted',
      code: '',
      createdMs: Date.now(),
      facts: { channel },
    };
    const changes = acceptSending(psp, tell, sending, call.raw.toString('utf8'));
    return { answer: json(200, sendingObject(sending)), changes };
  });
}

function listPayouts(psp: Psp, call: Call): Answer {
  const rows = sendingsOf(psp, 'xendit', call.query.get('reference_id') ?? '');
  return json(200, { data: rows.map(sendingObject), has_more: false });
}

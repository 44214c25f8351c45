import { type Fault } from '../../../faults/faults';
import { integer, readJson, text, type JsonObject } from '../../../http/control';
import { json, type Answer, type Call, type Routes } from '../../../http/server';
import { perform } from '../../perform';
import { commit, type Operation, type Psp } from '../../psp';
import { put } from '../../state';
import { major, minor } from '../amounts';
import { closePayIn, openPayIn, payInOf, type PayIn } from '../book';
import { tell, merchantCode, sha256 } from './messages';

/** A reference is good for two days unless the merchant says otherwise. */
const expiryMs = 48 * 3_600_000;

export function fawryRoutes(routes: Routes, psp: Psp): void {
  const write = (operation: Operation, run: typeof charge) => async (call: Call) => {
    const body = readJson(call.raw);
    if (!body) return problem(9901, 'invalid body');
    const apply = (instead?: Answer) => run(psp, body, call, instead);
    const reply = await perform(psp, operation, call, apply, refusal);
    psp.settlements.arm();
    return reply;
  };
  routes
    .on('POST', '/fawry/ECommerceWeb/Fawry/payments/charge', write('payment', charge))
    .on('POST', '/fawry/ECommerceWeb/api/orders/cancel-unpaid-order', write('lookup', cancel))
    .on('GET', '/fawry/ECommerceWeb/Fawry/payments/status/v2', (call) =>
      perform(psp, 'lookup', call, () => status(psp, call)),
    );
}

function refusal(fault: Fault): Answer {
  return problem(Number(/^\d+$/.test(fault.code ?? '') ? fault.code : '9929'), 'refused');
}

/** FawryPay says no with HTTP 200 and a code of its own. */
function problem(statusCode: number, statusDescription: string): Answer {
  return json(200, { type: 'ResponseDataModel', statusCode, statusDescription });
}

/** The amount as it stands in the signature: two digits after the point. */
function amountText(body: JsonObject, key: string): string {
  const value = body[key];
  return typeof value === 'number' ? value.toFixed(2) : '';
}

function charge(psp: Psp, body: JsonObject, _call: Call, instead?: Answer): Answer {
  const field = (key: string) => text(body, key) ?? '';
  const reference = field('merchantRefNum');
  const amount = amountText(body, 'amount');
  const signed = `${merchantCode}${reference}${field('customerProfileId')}PAYATFAWRY${amount}${psp.secretOf('fawry.secureKey')}`;
  if (field('merchantCode') !== merchantCode)
    return problem(9901, 'merchant code is blank or invalid');
  if (field('signature') !== sha256(signed)) return problem(9946, 'blank or invalid signature');
  const amountMinor = minor(amount, 'EGP');
  if (amountMinor === undefined || field('currencyCode') !== 'EGP')
    return problem(9935, 'invalid amount');
  if (!/^01\d{9}$/.test(field('customerMobile'))) return problem(9936, 'invalid mobile');
  if (payInOf(psp, 'fawry', { reference })) return problem(9944, 'merchantRefNum is used already');
  const now = Date.now();
  const payin = openPayIn({
    id: String(900_000_000 + psp.state.all('payins').length),
    side: 'fawry',
    reference,
    amountMinor,
    currency: 'EGP',
    payer: field('customerMobile'),
    createdMs: now,
    expiresMs: integer(body, 'paymentExpiry') ?? now + expiryMs,
  });
  commit(psp, [put('payins', payin.id, payin)]);
  return (
    instead ??
    json(200, {
      type: 'ChargeResponse',
      referenceNumber: payin.id,
      merchantRefNumber: reference,
      expirationTime: payin.expiresMs,
      statusCode: 200,
      statusDescription: 'Operation done successfully',
    })
  );
}

function status(psp: Psp, call: Call): Answer {
  const field = (key: string) => call.query.get(key) ?? '';
  const reference = field('merchantRefNumber');
  const signed = `${merchantCode}${reference}${psp.secretOf('fawry.secureKey')}`;
  if (field('merchantCode') !== merchantCode)
    return problem(9901, 'merchant code is blank or invalid');
  if (field('signature') !== sha256(signed)) return problem(9946, 'blank or invalid signature');
  const payin = payInOf(psp, 'fawry', { reference });
  if (!payin) return problem(9938, 'payment not found');
  return json(200, {
    type: 'PaymentStatusResponse',
    fawryRefNumber: payin.id,
    merchantRefNumber: reference,
    paymentAmount: Number(
      major(payin.status === 'paid' ? payin.paidMinor : payin.amountMinor, 'EGP'),
    ),
    expirationTime: payin.expiresMs,
    orderStatus: statusOf(payin),
    paymentMethod: 'PAYATFAWRY',
    statusCode: 200,
    statusDescription: 'Operation done successfully',
  });
}

function statusOf(payin: PayIn): string {
  if (payin.status === 'paid') return 'PAID';
  if (payin.status === 'cancelled') return 'CANCELED';
  return payin.expiresMs < Date.now() ? 'EXPIRED' : 'UNPAID';
}

function cancel(psp: Psp, body: JsonObject): Answer {
  const reference = text(body, 'orderRefNo') ?? '';
  const signed = `${reference}${merchantCode}en-gb${psp.secretOf('fawry.secureKey')}`;
  if (text(body, 'signature') !== sha256(signed))
    return problem(9946, 'blank or invalid signature');
  const payin = payInOf(psp, 'fawry', { id: reference });
  if (!payin) return problem(9938, 'payment not found');
  if (payin.status !== 'open') return problem(9952, 'the order cannot be cancelled');
  closePayIn(psp, tell, payin, 'CANCELED');
  return problem(200, 'Operation done successfully');
}

import { createHash, randomBytes } from 'node:crypto';
import { escapeHtml, json, page, type Answer, type Call, type Routes } from '../../../http/server';
import { type Fault } from '../../../faults/faults';
import { wireId } from '../../cards/objects';
import { perform } from '../../perform';
import { commit, type Operation, type Psp } from '../../psp';
import { put, type Session } from '../../state';
import { major, minor } from '../amounts';
import {
  acceptSending,
  giveBack,
  leftOf,
  payInOf,
  openPayIn,
  payPayIn,
  sendingsOf,
  type GiveBack,
  type PayIn,
  type Sending,
} from '../book';
import { tell, merchant } from './messages';

/** A session at the checkout lives for 15 minutes. */
const sessionMs = 15 * 60_000;

export function ewalletRoutes(routes: Routes, psp: Psp): void {
  const api =
    (operation: Operation, run: (form: URLSearchParams, call: Call, instead?: Answer) => Answer) =>
    async (call: Call) => {
      const form = formOf(call);
      const denied = authenticate(psp, form);
      if (denied) return denied;
      // The first of the two steps moves nothing; faults wait for the second.
      const moves = form.get('action') !== 'prepare';
      const apply = (instead?: Answer) => run(form, call, instead);
      const reply = await perform(psp, moves ? operation : 'lookup', call, apply, refusal);
      psp.settlements.arm();
      return reply;
    };
  routes
    .on('POST', '/ewallet', (call) =>
      perform(psp, 'payment', call, (instead) => open(psp, call, instead), badRequest),
    )
    .on('GET', '/ewallet/', (call) => checkout(psp, call))
    .on('POST', '/ewallet/', (call) => pay(psp, call))
    .on(
      'POST',
      '/ewallet/app/pay.pl',
      api('payout', (form, call, instead) => transfer(psp, form, call, instead)),
    )
    .on(
      'POST',
      '/ewallet/app/refund.pl',
      api('refund', (form, call, instead) => refund(psp, form, call, instead)),
    )
    .on('POST', '/ewallet/app/query.pl', (call) => {
      const form = formOf(call);
      return perform(psp, 'lookup', call, () =>
        authentic(psp, form) ? query(psp, form) : text('401\t\tCannot login'),
      );
    });
}

function formOf(call: Call): URLSearchParams {
  return new URLSearchParams(call.raw.toString('utf8'));
}

function text(body: string): Answer {
  return { status: 200, headers: { 'content-type': 'text/plain' }, body };
}

function xml(body: string): Answer {
  const head = '<?xml version="1.0" encoding="UTF-8"?>';
  return {
    status: 200,
    headers: { 'content-type': 'text/xml' },
    body: `${head}\n<response>${body}</response>`,
  };
}

function error(code: string): Answer {
  return xml(`<error><error_msg>${escapeHtml(code)}</error_msg></error>`);
}

function refusal(fault: Fault): Answer {
  return error(fault.code ?? 'BALANCE_NOT_ENOUGH');
}

function badRequest(fault: Fault): Answer {
  return json(fault.status ?? 400, { code: fault.code ?? 'BAD_REQUEST', message: 'Refused.' });
}

function authentic(psp: Psp, form: URLSearchParams): boolean {
  const password = createHash('md5').update(psp.secretOf('ewallet.password')).digest('hex');
  return form.get('email') === merchant.email && form.get('password') === password;
}

function authenticate(psp: Psp, form: URLSearchParams): Answer | undefined {
  // The second step is known by its session.
  if (form.has('sid') || authentic(psp, form)) return undefined;
  return error('CANNOT_LOGIN');
}

/** Opens a session for a payment, or another one for the same payment. */
function open(psp: Psp, call: Call, instead?: Answer): Answer {
  const form = formOf(call);
  const currency = form.get('currency') ?? '';
  const reference = form.get('transaction_id') ?? '';
  const amountMinor = minor(form.get('amount') ?? '', currency);
  if (form.get('pay_to_email') !== merchant.email) return bad('UNKNOWN_MERCHANT');
  if (!/^[A-Z]{3}$/.test(currency) || amountMinor === undefined) return bad('INVALID_AMOUNT');
  if (reference === '' || reference.length > 100) return bad('INVALID_TRANSACTION_ID');
  const known = payInOf(psp, 'ewallet', { reference });
  if (known && (known.amountMinor !== amountMinor || known.currency !== currency)) {
    return bad('DUPLICATE_TRANSACTION_ID');
  }
  const now = Date.now();
  const payin =
    known ??
    openPayIn({
      id: String(1_000_000_000 + psp.state.all('payins').length),
      side: 'ewallet',
      reference,
      amountMinor,
      currency,
      createdMs: now,
      expiresMs: now + sessionMs,
      facts: { statusUrl: form.get('status_url') ?? '', returnUrl: form.get('return_url') ?? '' },
    });
  const session = sessionOf('checkout', { payin: payin.id });
  commit(psp, [put('payins', payin.id, payin), put('sessions', session.id, session)]);
  return instead ?? text(session.id);
}

function bad(code: string): Answer {
  return json(400, { code, message: code });
}

function sessionOf(action: string, facts: Session['facts']): Session {
  return { id: randomBytes(16).toString('hex'), side: 'ewallet', action, facts };
}

function payInOfSession(psp: Psp, sid: string | null): PayIn | undefined {
  const session = psp.state.get('sessions', sid ?? '');
  return session?.action === 'checkout'
    ? payInOf(psp, 'ewallet', { id: session.facts.payin ?? '' })
    : undefined;
}

const policy = "default-src 'none'; form-action 'self'; base-uri 'none'";

function checkout(psp: Psp, call: Call): Answer {
  const payin = payInOfSession(psp, call.query.get('sid'));
  if (!payin) return page(404, '<h1>Payment not found</h1>', policy);
  const amount = escapeHtml(`${major(payin.amountMinor, payin.currency)} ${payin.currency}`);
  if (payin.status !== 'open') {
    const back = payin.facts.returnUrl ?? '';
    const link = /^https?:\/\//.test(back)
      ? `<a href="${escapeHtml(back)}">Return to the merchant</a>`
      : '';
    return page(
      200,
      `<h1>${payin.status === 'paid' ? 'You paid' : 'Cancelled:'} ${amount}</h1>${link}`,
      policy,
    );
  }
  const form = `<form method="post"><input type="hidden" name="sid" value="${escapeHtml(call.query.get('sid') ?? '')}">
<label>Wallet e-mail <input name="email" type="email" required></label><button>Pay ${amount}</button></form>`;
  return page(
    200,
    `<!doctype html><html lang="en"><head><title>Wallet</title></head><body><h1>Pay ${amount}</h1>${form}</body></html>`,
    policy,
  );
}

function pay(psp: Psp, call: Call): Answer {
  const form = formOf(call);
  const payin = payInOfSession(psp, form.get('sid'));
  if (!payin) return page(404, '<h1>Payment not found</h1>', policy);
  if (payin.status === 'open') {
    const payer = form.get('email') || 'payer@wallet.example';
    payPayIn(psp, tell, payin, { amountMinor: BigInt(payin.amountMinor), payer });
  }
  return {
    status: 303,
    headers: { location: `/ewallet/?sid=${form.get('sid') ?? ''}` },
    body: '',
  };
}

function transfer(psp: Psp, form: URLSearchParams, call: Call, instead?: Answer): Answer {
  if (form.get('action') === 'prepare') return prepareTransfer(psp, form);
  const session = psp.state.get('sessions', form.get('sid') ?? '');
  if (session?.action !== 'transfer') return error('SESSION_EXPIRED');
  const { amountMinor = '0', currency = '', reference = '', payee = '' } = session.facts;
  const sending: Sending = {
    id: String(2_000_000_000 + psp.state.all('sendings').length),
    side: 'ewallet',
    reference,
    amountMinor,
    currency,
    status: 'accepted',
    code: '',
    createdMs: Date.now(),
    facts: { payee },
  };
  commit(psp, [
    put('sessions', session.id, null),
    ...acceptSending(psp, tell, sending, call.raw.toString('utf8')),
  ]);
  return instead ?? xml(`<transaction>${sendingXml(sending)}</transaction>`);
}

/** Sent money is scheduled until it is in the wallet. */
function sendingXml({ id, amountMinor, currency, status }: Sending): string {
  const processed = status === 'paid';
  return `<amount>${major(amountMinor, currency)}</amount><currency>${currency}</currency><id>${id}</id><status>${processed ? '2' : '1'}</status><status_msg>${processed ? 'processed' : 'scheduled'}</status_msg>`;
}

function prepareTransfer(psp: Psp, form: URLSearchParams): Answer {
  const currency = form.get('currency') ?? '';
  const amountMinor = minor(form.get('amount') ?? '', currency);
  const payee = form.get('bnf_email') ?? '';
  if (amountMinor === undefined) return error('INVALID_AMOUNT');
  if (!/^\S+@\S+$/.test(payee)) return error('INVALID_BNF_EMAIL');
  const reference = form.get('frn_trn_id') ?? wireId('none');
  const session = sessionOf('transfer', { amountMinor, currency, payee, reference });
  commit(psp, [put('sessions', session.id, session)]);
  return xml(`<sid>${session.id}</sid>`);
}

function refund(psp: Psp, form: URLSearchParams, call: Call, instead?: Answer): Answer {
  if (form.get('action') === 'prepare') return prepareRefund(psp, form);
  const session = psp.state.get('sessions', form.get('sid') ?? '');
  const payin = payInOf(psp, 'ewallet', { id: session?.facts.payin ?? '' });
  if (session?.action !== 'refund' || !payin) return error('SESSION_EXPIRED');
  const { amountMinor = '0', operationId = '', operationSeal = '', statusUrl = '' } = session.facts;
  if (BigInt(amountMinor) > leftOf(payin)) return error('GENERIC_ERROR');
  const id = String(3_000_000_000 + psp.state.all('givebacks').length);
  const back: GiveBack = {
    id,
    side: 'ewallet',
    reference: operationId,
    payin: payin.id,
    amountMinor,
    currency: payin.currency,
    status: 'pending',
    code: '',
    createdMs: Date.now(),
    facts: { statusUrl, operationId, operationSeal },
  };
  commit(psp, [
    put('sessions', session.id, null),
    ...giveBack(psp, tell, { refund: back, payin }, call.raw.toString('utf8')),
  ]);
  const amount = `<mb_amount>${major(amountMinor, payin.currency)}</mb_amount><mb_currency>${payin.currency}</mb_currency>`;
  return instead ?? xml(`${amount}<mb_transaction_id>${id}</mb_transaction_id><status>0</status>`);
}

function prepareRefund(psp: Psp, form: URLSearchParams): Answer {
  const payin = payInOf(psp, 'ewallet', { reference: form.get('transaction_id') ?? '' });
  if (!payin || payin.status !== 'paid') return error('TRANSACTION_NOT_FOUND');
  const amountMinor = minor(form.get('amount') ?? '', payin.currency);
  if (amountMinor === undefined) return error('INVALID_AMOUNT');
  if (BigInt(amountMinor) > leftOf(payin)) return error('REFUND_AMOUNT_TOO_HIGH');
  const session = sessionOf('refund', {
    payin: payin.id,
    amountMinor,
    // Of `merchant_fields`, which are told back.
    operationId: form.get('operation_id') ?? '',
    operationSeal: form.get('operation_seal') ?? '',
    statusUrl: form.get('refund_status_url') ?? '',
  });
  commit(psp, [put('sessions', session.id, session)]);
  return xml(`<sid>${session.id}</sid>`);
}

/** `status_trn` by the merchant's own id: of a payment, or of a transfer by the id it was given. */
function query(psp: Psp, form: URLSearchParams): Answer {
  const reference = form.get('trn_id') ?? '';
  if (form.get('action') !== 'status_trn') return text('402\t\tUnknown action');
  const payin = payInOf(psp, 'ewallet', { reference });
  const sendings = sendingsOf(psp, 'ewallet', reference);
  const found = [
    ...(payin && payin.status !== 'open' ? [payInFields(payin)] : []),
    ...sendings.map(sendingFields),
  ];
  if (found.length === 0) return text('403\t\tTransaction not found');
  return text(`200\t\tOK\n${found.map((row) => new URLSearchParams(row).toString()).join('\n')}\n`);
}

function payInFields(payin: PayIn): Record<string, string> {
  const paid = payin.status === 'paid';
  const amount = major(paid ? payin.paidMinor : payin.amountMinor, payin.currency);
  return {
    transaction_id: payin.reference,
    mb_transaction_id: payin.id,
    mb_amount: amount,
    mb_currency: payin.currency,
    pay_from_email: payin.payer,
    status: payin.disputed ? '-3' : paid ? '2' : '-1',
  };
}

function sendingFields(sending: Sending): Record<string, string> {
  return {
    transaction_id: sending.reference,
    mb_transaction_id: sending.id,
    mb_amount: major(sending.amountMinor, sending.currency),
    mb_currency: sending.currency,
    status: { accepted: '0', paid: '2', returned: '-1' }[sending.status],
  };
}

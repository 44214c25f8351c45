import { json, type Answer, type Call, type Handler, type Routes } from '../../http/server';
import { commit, type Operation, type Psp } from '../psp';
import { perform } from '../perform';
import { put } from '../state';
import { cardTokens, type CardInput } from './card';
import { ApiError, invalidRequest, missing } from './errors';
import { decodeForm, field, group, type Form } from './form';
import { once, type Attempt } from './idempotency';
import { cancelIntent, intentOf, newIntent, pay, type Paid } from './intents';
import { expand, listPage, searchMetadata } from './lists';
import { wireId } from './objects';
import { refundCharge } from './refunds';

type Write = (form: Form, call: Call) => Attempt;
type Read = (form: Form, call: Call) => unknown;

/** The card API's routes under /v1, close enough to Stripe's that its own SDK works unmodified. */
export function cardRoutes(routes: Routes, psp: Psp): void {
  const write = (operation: Operation, run: Write): Handler => writeHandler(psp, operation, run);
  const read = (run: Read): Handler => readHandler(psp, run);
  const { state } = psp;
  routes
    .on(
      'POST',
      '/v1/payment_intents',
      write('payment', (form) => createIntent(psp, form)),
    )
    .on(
      'GET',
      '/v1/payment_intents',
      read((form, call) => listPage(call.path, state.all('intents'), form)),
    )
    .on(
      'GET',
      '/v1/payment_intents/search',
      read((form, call) => searchMetadata(call.path, state.all('intents'), form)),
    )
    .on(
      'GET',
      '/v1/payment_intents/:id',
      read((_form, call) => intentOf(psp, call.params.id ?? '')),
    )
    .on(
      'POST',
      '/v1/payment_intents/:id/confirm',
      write('pay', (form, call) => confirm(psp, call, form)),
    )
    .on(
      'POST',
      '/v1/payment_intents/:id/cancel',
      write('pay', (_form, call) =>
        paidAttempt(cancelIntent(psp, intentOf(psp, call.params.id ?? ''))),
      ),
    )
    .on(
      'GET',
      '/v1/charges/:id',
      read((_form, call) => found(state.get('charges', call.params.id ?? ''), 'charge', call)),
    )
    .on(
      'POST',
      '/v1/refunds',
      write('refund', (form, call) => {
        const { refund, changes } = refundCharge(psp, form, call.raw.toString('utf8'));
        return { answer: json(200, expand(state, refund, form)), changes };
      }),
    )
    .on(
      'GET',
      '/v1/refunds',
      read((form, call) => listPage(call.path, refundsOf(psp, form), form)),
    )
    .on(
      'GET',
      '/v1/refunds/:id',
      read((_form, call) => found(state.get('refunds', call.params.id ?? ''), 'refund', call)),
    )
    .on(
      'GET',
      '/v1/events',
      read((form, call) => listPage(call.path, cardEvents(psp, form), form)),
    )
    .on(
      'GET',
      '/v1/events/:id',
      read((_form, call) =>
        found(
          cardEvents(psp, {}).find((event) => event.id === call.params.id),
          'event',
          call,
        ),
      ),
    );
}

function writeHandler(psp: Psp, operation: Operation, run: Write): Handler {
  return async (call) => {
    const denied = authenticate(psp, call);
    if (denied) return denied;
    const form = decodeForm(call.raw.toString('utf8'));
    const save = (changes: Attempt['changes']) => commit(psp, changes);
    const apply = (instead?: Answer) => once(psp, call, save, () => run(form, call), instead);
    try {
      const reply = await perform(psp, operation, call, apply);
      psp.settlements.arm();
      return typeof reply === 'string' ? reply : dressed(reply, call);
    } catch (error) {
      if (error instanceof ApiError) return dressed(error.answer(), call);
      throw error;
    }
  };
}

function readHandler(psp: Psp, run: Read): Handler {
  return async (call) => {
    const denied = authenticate(psp, call);
    if (denied) return denied;
    const form = decodeForm(call.query.toString());
    try {
      const apply = () => json(200, expand(psp.state, run(form, call), form));
      const reply = await perform(psp, 'lookup', call, apply);
      return typeof reply === 'string' ? reply : dressed(reply, call);
    } catch (error) {
      if (error instanceof ApiError) return dressed(error.answer(), call);
      throw error;
    }
  };
}

function authenticate(psp: Psp, call: Call): Answer | undefined {
  const given = call.headers.authorization ?? '';
  const basic = Buffer.from(`${psp.stripeSecret}:`).toString('base64');
  if (given === `Bearer ${psp.stripeSecret}` || given === `Basic ${basic}`) return undefined;
  const message = 'Invalid API Key provided.';
  return json(401, { error: { type: 'invalid_request_error', message } });
}

function dressed(answer: Answer, call: Call): Answer {
  const key = call.headers['idempotency-key'];
  const version = call.headers['stripe-version'];
  return {
    ...answer,
    headers: {
      ...answer.headers,
      'request-id': wireId('req'),
      ...(typeof key === 'string' ? { 'idempotency-key': key } : {}),
      ...(typeof version === 'string' ? { 'stripe-version': version } : {}),
    },
  };
}

function createIntent(psp: Psp, form: Form): Attempt {
  const intent = newIntent(form);
  const created = put('intents', intent.id, intent);
  if (field(form, 'confirm') !== 'true') {
    return { answer: json(200, intent), changes: [created] };
  }
  const attempt = paidAttempt(pay(psp, intent, cardOf(form)));
  return { ...attempt, changes: [created, ...attempt.changes] };
}

function confirm(psp: Psp, call: Call, form: Form): Attempt {
  return paidAttempt(pay(psp, intentOf(psp, call.params.id ?? ''), cardOf(form)));
}

function paidAttempt(paid: Paid): Attempt {
  const answer = paid.error
    ? json(402, { error: { ...paid.error, payment_intent: paid.intent } })
    : json(200, paid.intent);
  return { answer, changes: paid.changes };
}

function cardOf(form: Form): CardInput {
  const token = field(form, 'payment_method');
  const card = group(group(form, 'payment_method_data'), 'card');
  const number = token === undefined ? field(card, 'number') : cardTokens[token];
  if (number === undefined) {
    throw invalidRequest(
      'parameter_missing',
      'You cannot confirm this PaymentIntent without a payment method.',
      'payment_method',
    );
  }
  return {
    number,
    expMonth: Number(field(card, 'exp_month') ?? '12'),
    expYear: Number(field(card, 'exp_year') ?? String(new Date().getUTCFullYear() + 3)),
  };
}

function refundsOf(psp: Psp, form: Form) {
  const intent = field(form, 'payment_intent');
  const charge = field(form, 'charge');
  return psp.state
    .all('refunds')
    .filter((refund) => intent === undefined || refund.payment_intent === intent)
    .filter((refund) => charge === undefined || refund.charge === charge);
}

function cardEvents(psp: Psp, form: Form): { id: string; created: number }[] {
  const type = field(form, 'type');
  return psp.state
    .all('events')
    .filter((event) => event.side === 'stripe' && (type === undefined || event.type === type))
    .map((event) => JSON.parse(event.body) as { id: string; created: number });
}

function found<T>(row: T | undefined, kind: string, call: Call): T {
  if (row === undefined) throw missing(kind, call.params.id ?? '');
  return row;
}

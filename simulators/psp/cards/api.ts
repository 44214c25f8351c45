import { json, type Answer, type Call, type Handler, type Routes } from '../../http/server';
import { commit, type Operation, type Psp } from '../psp';
import { perform } from '../perform';
import { put } from '../state';
import { accountOf, owned, ownerOf } from './accounts';
import { cardTokens, type CardInput } from './card';
import { ApiError, invalidRequest, missing } from './errors';
import { decodeForm, field, group, type Form } from './form';
import { once, type Attempt } from './idempotency';
import { cancelIntent, intentOf, newIntent, pay, type Paid } from './intents';
import { expand, listPage, searchMetadata } from './lists';
import { wireId, type PaymentIntent } from './objects';
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
      write('payment', (form, call) => createIntent(psp, call, form)),
    )
    .on(
      'GET',
      '/v1/payment_intents',
      read((form, call) => listPage(call.path, intentsOf(psp, call), form)),
    )
    .on(
      'GET',
      '/v1/payment_intents/search',
      read((form, call) => searchMetadata(call.path, intentsOf(psp, call), form)),
    )
    .on(
      'GET',
      '/v1/payment_intents/:id',
      read((_form, call) => ownIntent(psp, call)),
    )
    .on(
      'POST',
      '/v1/payment_intents/:id/confirm',
      write('pay', (form, call) => confirm(psp, call, form)),
    )
    .on(
      'POST',
      '/v1/payment_intents/:id/cancel',
      write('pay', (_form, call) => paidAttempt(cancelIntent(psp, ownIntent(psp, call)))),
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
        const paid = field(form, 'payment_intent') ?? '';
        if (paid !== '' && ownerOf(psp, paid) !== accountOf(psp, call))
          throw missing('payment_intent', paid);
        const { refund, changes } = refundCharge(psp, form, call.raw.toString('utf8'));
        return { answer: json(200, expand(state, refund, form)), changes };
      }),
    )
    .on(
      'GET',
      '/v1/refunds',
      read((form, call) => listPage(call.path, refundsOf(psp, call, form), form)),
    )
    .on(
      'GET',
      '/v1/refunds/:id',
      read((_form, call) => found(state.get('refunds', call.params.id ?? ''), 'refund', call)),
    )
    .on(
      'GET',
      '/v1/events',
      read((form, call) => listPage(call.path, cardEvents(psp, call, form), form)),
    )
    .on(
      'GET',
      '/v1/events/:id',
      read((_form, call) =>
        found(
          cardEvents(psp, call, {}).find((event) => event.id === call.params.id),
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
  if (accountOf(psp, call) !== undefined) return undefined;
  const message = 'Invalid API Key provided.';
  return json(401, { error: { type: 'invalid_request_error', message } });
}

/** The payments of the account that asks. */
function intentsOf(psp: Psp, call: Call): PaymentIntent[] {
  const account = accountOf(psp, call);
  return psp.state.all('intents').filter(({ id }) => ownerOf(psp, id) === account);
}

/** One of them, or an ApiError: another account's is not there. */
function ownIntent(psp: Psp, call: Call): PaymentIntent {
  const intent = intentOf(psp, call.params.id ?? '');
  if (ownerOf(psp, intent.id) === accountOf(psp, call)) return intent;
  throw missing('payment_intent', intent.id);
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

function createIntent(psp: Psp, call: Call, form: Form): Attempt {
  const intent = newIntent(form);
  const account = accountOf(psp, call) ?? 'stripe';
  const created = [put('intents', intent.id, intent), ...owned(account, intent.id)];
  if (field(form, 'confirm') !== 'true') return { answer: json(200, intent), changes: created };
  const attempt = paidAttempt(pay(psp, intent, cardOf(form)));
  return { ...attempt, changes: [...created, ...attempt.changes] };
}

function confirm(psp: Psp, call: Call, form: Form): Attempt {
  return paidAttempt(pay(psp, ownIntent(psp, call), cardOf(form)));
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

function refundsOf(psp: Psp, call: Call, form: Form) {
  const account = accountOf(psp, call);
  const intent = field(form, 'payment_intent');
  const charge = field(form, 'charge');
  return psp.state
    .all('refunds')
    .filter((refund) => ownerOf(psp, refund.payment_intent) === account)
    .filter((refund) => intent === undefined || refund.payment_intent === intent)
    .filter((refund) => charge === undefined || refund.charge === charge);
}

function cardEvents(psp: Psp, call: Call, form: Form): { id: string; created: number }[] {
  const type = field(form, 'type');
  const account = accountOf(psp, call);
  return psp.state
    .all('events')
    .filter((event) => event.side === account && (type === undefined || event.type === type))
    .map((event) => JSON.parse(event.body) as { id: string; created: number });
}

function found<T>(row: T | undefined, kind: string, call: Call): T {
  if (row === undefined) throw missing(kind, call.params.id ?? '');
  return row;
}

import { BadControl, control, integer, text } from '../http/control';
import { type Routes } from '../http/server';
import { faultRoutes } from '../faults/faults';
import { type Charge, type PaymentIntent, type Refund } from './cards/objects';
import { closeDispute, openDispute, reviewDispute } from './cards/disputes';
import { type Psp } from './psp';
import { effectsOf } from './effects';
import { railControl } from './rails/control';
import { put } from './state';

/** The control port: faults, state, webhooks, chargebacks, settlements. JSON, this machine only. */
export function controlRoutes(routes: Routes, psp: Psp): void {
  faultRoutes(routes, psp.faults);
  railControl(routes, psp);
  routes
    .on(
      'GET',
      '/effects',
      control(() => ({ effects: effectsOf(psp) })),
    )
    .on(
      'GET',
      '/state',
      control(() => stateOf(psp)),
    )
    .on(
      'POST',
      '/webhook-url',
      control((body) => {
        const url = text(body, 'url') ?? '';
        if (!URL.canParse(url)) throw new BadControl('url must be an absolute URL');
        const settings = { ...psp.state.get('settings', 'all'), webhookUrl: url };
        psp.state.journal.commit([put('settings', 'all', settings)]);
        psp.webhooks.kick();
        return { url };
      }),
    )
    .on(
      'POST',
      '/redeliver',
      control((body) => {
        const eventId = text(body, 'event');
        const match = text(body, 'match');
        const again = eventId !== undefined || match !== undefined || body.all === true;
        const wanted = (row: { eventId: string; body: string }) =>
          (eventId === undefined || row.eventId === eventId) &&
          (match === undefined || row.body.includes(match));
        return { released: psp.webhooks.release(wanted, again) };
      }),
    )
    .on(
      'POST',
      '/chargeback',
      control((body) => {
        const intent = text(body, 'payment_intent');
        const charge = psp.state
          .all('charges')
          .find(
            (row) =>
              row.status === 'succeeded' &&
              (row.id === body.charge || row.payment_intent === intent),
          );
        if (!charge) throw new BadControl('charge or payment_intent must name a paid charge');
        if (charge.disputed) throw new BadControl('the charge has been charged back already');
        const daysLater = integer(body, 'daysLater') ?? 0;
        const reason = text(body, 'reason') ?? 'fraudulent';
        const dispute = openDispute(psp, charge, { reason, daysLater });
        return { dispute: dispute.id, charge: charge.id };
      }),
    )
    .on(
      'POST',
      '/dispute',
      control((body) => {
        const dispute = psp.state.get('disputes', text(body, 'dispute') ?? '');
        if (!dispute) throw new BadControl('dispute must name a dispute');
        switch (body.to) {
          case 'under_review':
            return { status: reviewDispute(psp, dispute).status };
          case 'won':
          case 'lost':
            return { status: closeDispute(psp, dispute, body.to).status };
          default:
            throw new BadControl('to must be under_review, won or lost');
        }
      }),
    )
    .on(
      'POST',
      '/settle',
      control((body) => {
        const id = text(body, 'id') ?? '';
        const to = body.to;
        if (to !== 'done' && to !== 'failed') throw new BadControl('to must be done or failed');
        const tables = ['payouts', 'refunds', 'sendings', 'givebacks'] as const;
        if (!tables.some((table) => psp.state.get(table, id))) {
          throw new BadControl('id must name a payout or refund');
        }
        psp.settlements.now({ id, dueMs: 0, to, code: text(body, 'code') ?? '' });
        return { id };
      }),
    );
}

function stateOf(psp: Psp): object {
  const { state } = psp;
  const deliveries = state.all('deliveries');
  const count = (which: string) => deliveries.filter((row) => row.state === which).length;
  return {
    intents: state.all('intents').map(intentState),
    charges: state.all('charges').map(chargeState),
    refunds: state.all('refunds').map(refundState),
    payins: state.all('payins').map(({ payer: _payer, facts: _facts, ...payin }) => payin),
    sendings: state.all('sendings').map(({ facts: _facts, ...sending }) => sending),
    givebacks: state.all('givebacks').map(({ facts: _facts, ...refund }) => refund),
    payouts: state.all('payouts').map(({ creditor: _creditor, ...payout }) => payout),
    disputes: state.all('disputes').map((dispute) => ({
      id: dispute.id,
      charge: dispute.charge,
      intent: dispute.payment_intent,
      amountMinor: String(dispute.amount),
      currency: dispute.currency.toUpperCase(),
      reason: dispute.reason,
      status: dispute.status,
    })),
    webhooks: {
      url: psp.webhooks.settings.url() ?? null,
      pending: count('pending'),
      held: count('held'),
      delivered: count('delivered'),
    },
  };
}

function intentState(intent: PaymentIntent): object {
  return {
    id: intent.id,
    operationId: intent.metadata.operation_id ?? null,
    amountMinor: String(intent.amount),
    currency: intent.currency.toUpperCase(),
    status: intent.status,
    charge: intent.latest_charge,
    metadata: intent.metadata,
    created: intent.created,
  };
}

function chargeState(charge: Charge): object {
  const { fingerprint, last4 } = charge.payment_method_details.card;
  return {
    id: charge.id,
    intent: charge.payment_intent,
    operationId: charge.metadata.operation_id ?? null,
    amountMinor: String(charge.amount),
    refundedMinor: String(charge.amount_refunded),
    currency: charge.currency.toUpperCase(),
    status: charge.status,
    disputed: charge.disputed,
    fingerprint,
    last4,
  };
}

function refundState(refund: Refund): object {
  return {
    id: refund.id,
    operationId: refund.metadata.operation_id ?? null,
    intent: refund.payment_intent,
    charge: refund.charge,
    amountMinor: String(refund.amount),
    currency: refund.currency.toUpperCase(),
    status: refund.status,
    created: refund.created,
  };
}

import { BadControl, control, integer, text, type JsonObject } from '../../http/control';
import { type Routes } from '../../http/server';
import { pay } from '../cards/intents';
import { openDispute } from '../cards/disputes';
import { commit, type Psp } from '../psp';
import { put, railSides, type RailSide } from '../state';
import { CannotPay, chargeBack, closePayIn, payInOf, payPayIn, type PayIn } from './book';
import { sides } from './sides';

const visa = { number: '4242424242424242', expMonth: 12, expYear: 2039 };

/** What payers and their banks do, alike for every provider: by side, and the merchant's own reference. */
export function railControl(routes: Routes, psp: Psp): void {
  routes
    .on(
      'POST',
      '/pay-in',
      control((body) => payIn(psp, body)),
    )
    .on(
      'POST',
      '/decline',
      control((body) => {
        const payin = openPayIn(psp, body);
        const code = text(body, 'code') ?? '1032';
        return { status: closePayIn(psp, sides[payin.side].announce, payin, code).status };
      }),
    )
    .on(
      'POST',
      '/expire-tokens',
      control(() => {
        const settings = psp.state.get('settings', 'all') ?? {};
        const tokensExpired = (settings.tokensExpired ?? 0) + 1;
        commit(psp, [put('settings', 'all', { ...settings, tokensExpired })]);
        return { tokensExpired };
      }),
    )
    .on(
      'POST',
      '/charge-back',
      control((body) => takeBack(psp, body)),
    );
}

/** `{side, reference, amountMinor?, payer?}`: the whole amount unless said. */
function payIn(psp: Psp, body: JsonObject): object {
  if (text(body, 'side') === 'stripe') return payByCard(psp, text(body, 'reference') ?? '');
  const payin = openPayIn(psp, body);
  const amount = text(body, 'amountMinor') ?? payin.amountMinor;
  if (!/^[1-9]\d{0,17}$/.test(amount)) throw new BadControl('amountMinor must be minor units');
  const payer = text(body, 'payer') ?? (payin.payer || 'payer@wallet.example');
  try {
    const order = { amountMinor: BigInt(amount), payer };
    const paid = payPayIn(psp, sides[payin.side].announce, payin, order);
    return { id: paid.id, status: paid.status, paidMinor: paid.paidMinor };
  } catch (error) {
    if (error instanceof CannotPay) throw new BadControl(error.message);
    throw error;
  }
}

function payByCard(psp: Psp, reference: string): object {
  const intent = psp.state
    .all('intents')
    .find((row) => row.metadata.operation_id === reference && row.status !== 'canceled');
  if (!intent) throw new BadControl('no such payment');
  const paid = pay(psp, intent, { ...visa, name: undefined });
  commit(psp, paid.changes);
  return {
    id: paid.intent.id,
    status: paid.intent.status,
    paidMinor: String(paid.intent.amount_received),
  };
}

function takeBack(psp: Psp, body: JsonObject): object {
  const daysLater = integer(body, 'daysLater') ?? 0;
  const reference = text(body, 'reference') ?? '';
  if (text(body, 'side') === 'stripe') {
    const charge = psp.state
      .all('charges')
      .find((row) => row.status === 'succeeded' && row.metadata.operation_id === reference);
    if (!charge || charge.disputed) throw new BadControl('no such charge');
    return { id: openDispute(psp, charge, { reason: 'fraudulent', daysLater }).id };
  }
  const payin = payInOf(psp, sideOf(body), { reference });
  if (payin?.status !== 'paid' || payin.disputed) throw new BadControl('no such payment');
  const atMs = Date.now() + daysLater * 24 * 3_600_000;
  chargeBack(psp, sides[payin.side].announce, payin, atMs);
  return { id: payin.id };
}

function openPayIn(psp: Psp, body: JsonObject): PayIn {
  const payin = payInOf(psp, sideOf(body), { reference: text(body, 'reference') ?? '' });
  if (!payin) throw new BadControl('no such payment');
  return payin;
}

function sideOf(body: JsonObject): RailSide {
  const side = railSides.find((known) => known === text(body, 'side'));
  if (side === undefined)
    throw new BadControl(`side must be one of stripe, ${railSides.join(', ')}`);
  return side;
}

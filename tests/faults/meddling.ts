import { setTimeout as delay } from 'node:timers/promises';
import { formatAmount, parseAmount } from '../../domain/money';
import type { PlatformKind } from '../../domain/trading/capabilities';
import type { Dice } from './dice';
import { currency, type Field, type Lane } from './field';
import type { Meddling } from './misfortunes';
import { truthOf, type Wanted } from './people-who-decide';

/** A trade that was opened and closed, by the number of its closing deal at the control port. */
export interface Trade {
  readonly ticket: number;
  readonly profitMinor: bigint;
}

const numberOfDeal: Readonly<Record<PlatformKind, string>> = {
  mt5: 'Deal',
  mt4: 'order',
  ctrader: 'dealId',
};

/** Whoever cancels or edits a trade needs one. */
export async function prepareTrade(
  { platform, hand, account }: Lane,
  meddling: Meddling | undefined,
  dice: Dice,
): Promise<Trade | undefined> {
  if (meddling?.what !== 'cancel_trade' && meddling?.what !== 'edit_trade') return undefined;
  const before = new Set((await hand.deals(account.login)).deals.map(({ ticket }) => ticket));
  const at = Date.now();
  const { deals } = (await hand.control('POST', '/trade', {
    login: Number(account.login),
    symbol: dice.oneOf(['EURUSD', 'GBPUSD']),
    side: dice.oneOf(['buy', 'sell']),
    volume: '0.10',
    openAt: new Date(at - dice.between(10_000, 15_000)).toISOString(),
    closeAt: new Date(at - dice.between(1_000, 4_000)).toISOString(),
  })) as { deals: Readonly<Record<string, string | number>>[] };
  const ticket = Number(deals.at(-1)?.[numberOfDeal[platform]]);
  const made = (await hand.deals(account.login)).deals.filter((deal) => !before.has(deal.ticket));
  const closing = made.at(-1);
  if (!closing) throw new Error('the trade was not made');
  return { ticket, profitMinor: parseAmount(closing.amount, currency) };
}

/** Cancels or edits what is to be cancelled or edited, when its time has come. */
export async function meddle(
  field: Field,
  lane: Lane,
  {
    wanted,
    trade,
    meddling,
  }: {
    readonly wanted: Wanted;
    readonly trade: Trade | undefined;
    readonly meddling: Meddling | undefined;
  },
): Promise<void> {
  if (!meddling) return;
  const { hand } = lane;
  await delay(meddling.afterMs);
  switch (meddling.what) {
    case 'cancel_trade':
      await hand.control('POST', '/cancel-deal', { ticket: trade?.ticket });
      return;
    case 'edit_trade':
      await edit(lane, trade?.ticket ?? 0, {
        profit: formatAmount((trade?.profitMinor ?? 0n) - 321n, currency),
      });
      return;
    case 'edit_amount': {
      const deal = await bookedDeal(field, lane, wanted);
      const profit = formatAmount(wanted.amountMinor + meddling.byMinor, currency);
      await edit(lane, deal.ticket, { profit });
      return;
    }
    case 'edit_comment': {
      const deal = await bookedDeal(field, lane, wanted);
      await edit(lane, deal.ticket, { comment: `see ${deal.comment}` });
      return;
    }
  }
}

/** An edit as an administrator makes it: the balance follows. */
async function edit({ hand }: Lane, ticket: number, change: object): Promise<void> {
  await hand.control('POST', '/tamper', {
    kind: 'edit_deal',
    ticket,
    balanceFollows: true,
    ...change,
  });
}

async function bookedDeal(
  { stage }: Field,
  lane: Lane,
  wanted: Wanted,
): Promise<{ readonly ticket: number; readonly comment: string }> {
  for (let tries = 1; tries <= 200; tries += 1) {
    const [deal] = (await truthOf(stage, lane, wanted)).deals;
    if (deal) return deal;
    await delay(50);
  }
  throw new Error(`${wanted.transferId} was not booked, so that nobody could edit it`);
}

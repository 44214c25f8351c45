import { formatAmount } from '../../domain/money';
import { toCsv } from '../../domain/csv';
import { adjustmentReasons, isAdjustmentReason } from '../../domain/partners/adjustment';
import { isLineComponent, lineComponents } from '../../domain/partners/component';
import { formatLots, type StatementRow } from '../../domain/partners/statement';
import { rows, type Tx } from '../connection';
import { deniedOf } from './holds';
import type { Payout } from './payouts';

/** A partner's statement for one settlement, by symbol group, tier and reason; what was not paid stands there too. */
export async function statementOf(tx: Tx, payout: Payout): Promise<StatementRow[]> {
  const found = await rows<{
    symbols: string;
    component: string;
    tier: number;
    reason: string;
    trades: string;
    lots: string;
    amount: string;
  }>(
    tx,
    `select coalesce(l.symbols, 'Without a rate') as symbols, l.component, l.tier, l.reason, count(*) as trades, sum(l.lots_e8) as lots,
       sum(l.amount_minor) as amount
     from (select (explanation ->> 'group') collate "C" as symbols, component collate "C" as component, tier, reason collate "C" as reason, lots_e8, amount_minor
       from settlement_line where settlement_id = :settlementId and partner_id = :partnerId) l
     group by l.symbols, l.component, l.tier, l.reason order by l.tier, l.symbols nulls last, l.component, l.reason limit 1000`,
    { settlementId: payout.settlementId, partnerId: payout.partnerId },
  );
  return found.map((row) => ({
    group: groupInWords(row),
    tier: row.tier,
    reason: row.reason,
    trades: Number(row.trades),
    lots: formatLots(BigInt(row.lots)),
    amount: formatAmount(BigInt(row.amount), payout.currency),
  }));
}

function groupInWords({ symbols, component }: { symbols: string; component: string }): string {
  const isShare = component === 'spread' || component === 'revenue';
  return isShare && isLineComponent(component)
    ? `${symbols}, ${lineComponents[component]}`
    : symbols;
}

/** What a statement says besides its lines: adjustments by hand, and what signals of fraud have held. */
export interface HeldRow {
  readonly what: string;
  /** Codes, of an adjustment or where it is not paid. */
  readonly reason: string;
  /** As it changes the payout: nothing, where what was left out before stays unpaid. */
  readonly amountMinor: bigint;
}

/** What was adjusted of a payout that the caller has read, what is left out of it, what was added, and what is never paid, and why. */
export async function heldRows(tx: Tx, payout: Payout): Promise<HeldRow[]> {
  const { heldMinor, releasedMinor, currency } = payout;
  return [
    ...(await adjustedRows(tx, payout)),
    ...(heldMinor === 0n ? [] : [{ what: heldWords.held, reason: '', amountMinor: -heldMinor }]),
    ...(releasedMinor === 0n
      ? []
      : [{ what: heldWords.released, reason: '', amountMinor: releasedMinor }]),
    ...(await deniedOf(tx, payout)).map((denied) => ({
      what: `${heldWords.denied} (${formatAmount(denied.amountMinor, currency)} ${currency} of ${denied.period})`,
      reason: denied.reasons.join(' '),
      amountMinor: 0n,
    })),
  ];
}

async function adjustedRows(tx: Tx, payout: Payout): Promise<HeldRow[]> {
  if (payout.state === 'cancelled') return [];
  const { settlementId, partnerId } = payout;
  const found = await rows<{ reason_code: string; amount_minor: string }>(
    tx,
    `select reason_code, amount_minor from partner_adjustment where taken_into = :settlementId and partner_id = :partnerId
     order by id limit 200`,
    { settlementId, partnerId },
  );
  return found.map((row) => ({
    what: isAdjustmentReason(row.reason_code)
      ? `Adjustment: ${adjustmentReasons[row.reason_code]}`
      : 'Adjustment',
    reason: row.reason_code,
    amountMinor: BigInt(row.amount_minor),
  }));
}

/** The words of statements and of the portal. */
export const heldWords = {
  held: 'Held while it is looked into',
  released: 'Held before, released now',
  denied: 'Held before, not paid',
} as const;

/** The code of a payout that is not made since the partner does not stand so that it is. */
function whyNotPaid({ failure }: Payout): string {
  return failure?.startsWith('PARTNER_') ? failure : '';
}

/** The statement as CSV, with what was brought forward and the total. */
export async function statementCsv(tx: Tx, payout: Payout): Promise<string> {
  const statement = await statementOf(tx, payout);
  const { currency } = payout;
  const amount = (minor: bigint) => formatAmount(minor, currency);
  return toCsv(
    ['period', 'symbol_group', 'tier', 'reason', 'trades', 'lots', 'amount', 'currency'],
    [
      ...statement.map((row) => [
        payout.period,
        row.group,
        String(row.tier),
        row.reason,
        String(row.trades),
        row.lots,
        row.amount,
        currency,
      ]),
      [payout.period, 'Brought forward', '', '', '', '', amount(payout.carriedMinor), currency],
      ...(payout.clawedBackMinor === 0n
        ? []
        : [
            [
              payout.period,
              'Clawed back',
              '',
              '',
              '',
              '',
              amount(-payout.clawedBackMinor),
              currency,
            ],
          ]),
      ...(await heldRows(tx, payout)).map((row) => [
        payout.period,
        row.what,
        '',
        row.reason,
        '',
        '',
        amount(row.amountMinor),
        currency,
      ]),
      [
        payout.period,
        'Total',
        '',
        whyNotPaid(payout),
        '',
        '',
        amount(payout.amountMinor),
        currency,
      ],
    ],
  );
}

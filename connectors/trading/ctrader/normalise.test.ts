import { InvalidAmount } from '../../../domain/money';
import { clockOf } from '../../../domain/trading/server-clock';
import { matchToken, tokenOf } from '../../../domain/trading/token';
import { type CtraderSymbol, type Trader } from './context';
import {
  dealTicket,
  historyTicket,
  normaliseDeal,
  normaliseHistory,
  type RowContext,
} from './normalise';

const trader: Trader = {
  traderId: '7000001',
  login: '2000001',
  groupId: '11',
  currency: 'USD',
  moneyDigits: 2,
  fields: {},
};
const symbol: CtraderSymbol = {
  name: 'EURUSD',
  digits: 5,
  lotSize: 10_000_000n,
  base: 'EUR',
  quote: 'USD',
  fields: {},
};
const context: RowContext = { server: 'srv', clock: clockOf(0), trader, symbol };

const opening = {
  dealId: '11',
  orderId: '9',
  positionId: '8',
  traderId: '7000001',
  volume: '2500000',
  filledVolume: '2500000',
  symbolId: '1',
  createTimestamp: '1700000000000',
  executionTimestamp: '1700000000123',
  utcLastUpdateTimestamp: '1700000000200',
  executionPrice: 1.0977,
  tradeSide: 1,
  dealStatus: 2,
  commission: '-175',
  moneyDigits: 2,
  lotSize: '10000000',
};
const closing = {
  ...opening,
  dealId: '12',
  tradeSide: 2,
  executionPrice: 1.1,
  closePositionDetail: {
    entryPrice: 1.0977,
    profit: '5750',
    swap: '-12',
    commission: '-350',
    closedVolume: '2500000',
    balanceVersion: '7',
    moneyDigits: 2,
  },
};

describe('a deal of cTrader', () => {
  it('moves no money when it opens: the commission of both sides comes with the close', () => {
    expect(normaliseDeal(opening, context)).toMatchObject({
      ticket: '22',
      login: '2000001',
      kind: 'trade',
      side: 'buy',
      entry: 'in',
      symbol: 'EURUSD',
      volume: 25_000_000n,
      volumeClosed: 0n,
      price: '1.0977',
      profitMinor: 0n,
      commissionMinor: 0n,
      contractSize: '100000',
      time: '2023-11-14T22:13:20.123Z',
      modified: false,
      raw: { commission: '-175' },
    });
  });

  it('says digits and the rate: told with a closing, by base and price for an opening', () => {
    const euro: RowContext = { ...context, trader: { ...trader, currency: 'EUR' } };
    const told = { ...closing.closePositionDetail, quoteToDepositConversionRate: 0.9111 };
    expect(normaliseDeal(opening, context)).toMatchObject({ digits: 5, profitRate: '1' });
    expect(normaliseDeal({ ...closing, closePositionDetail: told }, euro)).toMatchObject({
      profitRate: '0.9111',
    });
    expect(normaliseDeal({ ...opening, marginRate: 1 }, euro)).toMatchObject({
      profitRate: '0.9109957183',
    });
    expect(normaliseDeal(opening, euro)).toMatchObject({ profitRate: null, quoted: null });
  });

  it('carries profit, swap and commission of the position when it closes', () => {
    expect(normaliseDeal(closing, context)).toMatchObject({
      side: 'sell',
      entry: 'out',
      volumeClosed: 25_000_000n,
      price: '1.1',
      pricePosition: '1.0977',
      profitMinor: 5_750n,
      swapMinor: -12n,
      commissionMinor: -350n,
      raw: { 'closePositionDetail.balanceVersion': '7' },
    });
  });

  it('reverses when it fills more than it closes', () => {
    const detail = { ...closing.closePositionDetail, closedVolume: '1000000' };
    expect(normaliseDeal({ ...closing, closePositionDetail: detail }, context)).toMatchObject({
      entry: 'reverse',
      volumeClosed: 10_000_000n,
    });
  });

  it('keeps its place and carries no money when it was undone', () => {
    expect(normaliseDeal({ ...closing, dealStatus: 6 }, context)).toMatchObject({
      ticket: '24',
      kind: 'cancelled',
      profitMinor: 0n,
      swapMinor: 0n,
      commissionMinor: 0n,
      modified: true,
    });
  });

  it.each([4, 5, 7])('is none when it never filled (status %i)', (dealStatus) => {
    expect(normaliseDeal({ ...opening, dealStatus }, context)).toBeNull();
  });

  it('is marked when somebody changed it after it was made', () => {
    const row = { ...opening, utcLastUpdateTimestamp: '1700000900000' };
    expect(normaliseDeal(row, context)).toMatchObject({ modified: true });
  });

  it('takes the lot of its symbol when it names none, and is refused without any', () => {
    const row = { ...opening, lotSize: undefined };
    expect(normaliseDeal(row, context)).toMatchObject({ volume: 25_000_000n });
    expect(() => normaliseDeal(row, { ...context, symbol: undefined })).toThrow('lot size');
  });

  it('reads money by the digits that it names, and refuses what is finer than the currency', () => {
    const detail = { ...closing.closePositionDetail, profit: '5750000', moneyDigits: 5 };
    const row = { ...closing, closePositionDetail: { ...detail, swap: '0', commission: '0' } };
    expect(normaliseDeal(row, context)).toMatchObject({ profitMinor: 5_750n });
    const finer = {
      ...row,
      closePositionDetail: { ...row.closePositionDetail, profit: '5750001' },
    };
    expect(() => normaliseDeal(finer, context)).toThrow(InvalidAmount);
  });
});

const operation = {
  operationType: 0,
  balanceHistoryId: '11',
  traderId: '7000001',
  delta: '25000',
  changeBalanceTimestamp: '1700000000000',
  comment: 'by hand',
  balanceVersion: '3',
  moneyDigits: 2,
};

describe('a balance operation of cTrader', () => {
  it('never shares a ticket with a deal of the same number', () => {
    expect(dealTicket('11')).toBe('22');
    expect(historyTicket('11')).toBe('23');
    expect(historyTicket('9223372036854775')).toBe('18446744073709551');
  });

  it.each([
    [0, 'balance', 25_000n],
    [1, 'balance', -25_000n],
    [19, 'credit', 25_000n],
    [20, 'credit', -25_000n],
    [16, 'dividend', -25_000n],
    [22, 'interest', -25_000n],
    [35, 'charge', -25_000n],
    [39, 'stop_out_compensation', 25_000n],
  ])('of type %i is %s with the sign of its type', (operationType, kind, profitMinor) => {
    const row = { ...operation, operationType };
    expect(normaliseHistory(row, context)).toMatchObject({ ticket: '23', kind, profitMinor });
    expect(normaliseHistory({ ...row, delta: '-25000' }, context)).toMatchObject({ profitMinor });
  });

  it('tells charge, correction and bonus apart by its source', () => {
    expect(normaliseHistory({ ...operation, source: 'correction' }, context)?.kind).toBe(
      'correction',
    );
    expect(normaliseHistory({ ...operation, source: 'VISA' }, context)?.kind).toBe('balance');
  });

  it('is none when it only repeats what a closing deal tells', () => {
    expect(normaliseHistory({ ...operation, operationType: 2 }, context)).toBeNull();
  });

  it('keeps the sign of a type that is new to us', () => {
    const row = { ...operation, operationType: 77, delta: '-5' };
    expect(normaliseHistory(row, context)).toMatchObject({ kind: 'other', profitMinor: -5n });
  });

  it('shows its external id where tokens are looked for, whatever became of the comment', () => {
    const token = tokenOf('int_1');
    const cut = { ...operation, externalId: token, comment: token.slice(0, 3) };
    const whole = { ...operation, externalId: token, comment: token };
    expect(matchToken(normaliseHistory(cut, context)?.comment ?? '', token)).toBe('whole');
    expect(normaliseHistory(whole, context)?.comment).toBe(token);
    expect(normaliseHistory(operation, context)?.comment).toBe('by hand');
  });
});

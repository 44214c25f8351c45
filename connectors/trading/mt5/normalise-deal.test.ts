import { InvalidAmount } from '../../../domain/money';
import { clockOf } from '../../../domain/trading/server-clock';
import { MalformedAnswer } from '../fields';
import { normaliseDeal } from './normalise-deal';

const context = { server: 'srv-1', currency: 'USD', clock: clockOf(10_800) };

const closing = {
  Deal: '5021',
  ExternalID: '',
  Login: '100001',
  Order: '5020',
  Action: '1',
  Entry: '1',
  Reason: '5',
  Digits: '5',
  DigitsCurrency: '2',
  ContractSize: '100000.00',
  Time: '1767276000',
  TimeMsc: '1767276000123',
  Symbol: 'EURUSD',
  Price: '1.08423',
  Volume: '1234',
  VolumeExt: '12345678',
  VolumeClosed: '1234',
  VolumeClosedExt: '12345678',
  Profit: '-90071992547409.93',
  Storage: '-1.05',
  Commission: '-3.50',
  Fee: '0.00',
  PositionID: '4999',
  PricePosition: '1.08500',
  Comment: '[so 49.00%]',
  MarketBid: '1.08423',
  MarketAsk: '1.08435',
  ModificationFlags: '1',
  ApiData: [],
};

describe('a deal of MT5', () => {
  it('says digits, rate and the market that the server kept with it', () => {
    expect(normaliseDeal({ ...closing, RateProfit: '0.00661157' }, context)).toMatchObject({
      digits: 5,
      profitRate: '0.00661157',
      quoted: 'deal',
    });
    const { MarketBid: _bid, ...withoutMarket } = closing;
    expect(normaliseDeal(withoutMarket, context)).toMatchObject({ profitRate: null, quoted: null });
  });

  it('that turned a position round says how much of it closed something', () => {
    const turned = { ...closing, Entry: '2', VolumeClosed: '400', VolumeClosedExt: '4000000' };
    expect(normaliseDeal(turned, context)).toMatchObject({
      entry: 'reverse',
      volume: 12_345_678n,
      volumeClosed: 4_000_000n,
    });
  });

  it('is read without a float: money, volume, prices and UTC time', () => {
    expect(normaliseDeal(closing, context)).toMatchObject({
      server: 'srv-1',
      ticket: '5021',
      login: '100001',
      orderId: '5020',
      positionId: '4999',
      kind: 'trade',
      side: 'sell',
      entry: 'out',
      reason: 'stop_out',
      symbol: 'EURUSD',
      volume: 12_345_678n,
      volumeClosed: 12_345_678n,
      price: '1.08423',
      pricePosition: '1.08500',
      profitMinor: -9_007_199_254_740_993n,
      swapMinor: -105n,
      commissionMinor: -350n,
      bid: '1.08423',
      ask: '1.08435',
      contractSize: '100000.00',
      time: '2026-01-01T11:00:00.123Z',
      serverTimeMsc: 1_767_276_000_123,
      modified: true,
    });
  });

  it('takes Volume in 1/10,000 lot from a server without VolumeExt', () => {
    const { VolumeExt: _gone, ...older } = closing;
    expect(normaliseDeal(older, context).volume).toBe(12_340_000n);
  });

  it.each([
    ['0', 'trade', 'buy'],
    ['1', 'trade', 'sell'],
    ['2', 'balance', null],
    ['3', 'credit', null],
    ['4', 'charge', null],
    ['5', 'correction', null],
    ['6', 'bonus', null],
    ['7', 'commission', null],
    ['10', 'agent_commission', null],
    ['11', 'agent_commission', null],
    ['13', 'cancelled', 'buy'],
    ['14', 'cancelled', 'sell'],
    ['15', 'dividend', null],
    ['18', 'agent_commission', null],
    ['99', 'other', null],
  ])('of action %s is a %s', (Action, kind, side) => {
    expect(normaliseDeal({ ...closing, Action }, context)).toMatchObject({ kind, side });
  });

  it.each([
    ['0', 'in'],
    ['1', 'out'],
    ['2', 'reverse'],
    ['3', 'out_by'],
  ])('with entry %s is kept as one record: %s', (Entry, entry) => {
    expect(normaliseDeal({ ...closing, Entry }, context).entry).toBe(entry);
  });

  it('is refused when a field cannot be read, not guessed', () => {
    expect(() => normaliseDeal({ ...closing, Deal: '' }, context)).toThrow(MalformedAnswer);
    expect(() => normaliseDeal({ ...closing, Price: '1,08' }, context)).toThrow(MalformedAnswer);
    expect(() => normaliseDeal({ ...closing, Entry: '7' }, context)).toThrow(MalformedAnswer);
    expect(() => normaliseDeal({ ...closing, Time: '0', TimeMsc: '' }, context)).toThrow(
      MalformedAnswer,
    );
    expect(() => normaliseDeal({ ...closing, Profit: '1.234' }, context)).toThrow(InvalidAmount);
  });
});

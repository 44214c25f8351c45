import { Calendar, nightsOf } from './calendar';
import { findSymbol, type SymbolSpec } from './symbols';

const named = (name: string): SymbolSpec => {
  const symbol = findSymbol(name);
  if (!symbol) throw new Error(`no ${name}`);
  return symbol;
};
const at = (text: string): number => Date.parse(`${text}:00Z`);

describe('the calendar of a trading server', () => {
  const metaTrader = new Calendar('market', 0);
  const ctrader = new Calendar('market', 21 * 60);

  it.each([
    ['EURUSD', '2025-10-15T12:00', true],
    ['EURUSD', '2025-10-17T23:54', true],
    ['EURUSD', '2025-10-17T23:55', false],
    ['EURUSD', '2025-10-18T12:00', false],
    ['EURUSD', '2025-10-19T23:59', false],
    ['EURUSD', '2025-10-20T00:04', false],
    ['EURUSD', '2025-10-20T00:05', true],
    ['XAUUSD', '2025-10-15T00:30', false],
    ['GER40', '2025-10-15T22:44', true],
    ['GER40', '2025-10-15T22:45', false],
  ])('at MetaTrader, %s at %s of server time is open: %s', (name, moment, open) => {
    expect(metaTrader.isOpen(named(name), at(moment))).toBe(open);
  });

  it('opens cTrader’s week on Sunday evening in UTC and closes it on Friday', () => {
    const eurusd = named('EURUSD');
    expect(ctrader.isOpen(eurusd, at('2025-10-19T20:59'))).toBe(false);
    expect(ctrader.isOpen(eurusd, at('2025-10-19T21:05'))).toBe(true);
    expect(ctrader.isOpen(eurusd, at('2025-10-17T20:54'))).toBe(true);
    expect(ctrader.isOpen(eurusd, at('2025-10-17T21:05'))).toBe(false);
  });

  it('counts each rollover once, by the day that ends', () => {
    const days = (calendar: Calendar, from: string, to: string): number[] =>
      calendar.rollovers(at(from), at(to)).map(({ day }) => day);
    expect(days(metaTrader, '2025-10-15T00:00', '2025-10-15T23:59')).toEqual([]);
    expect(days(metaTrader, '2025-10-15T23:59', '2025-10-16T00:00')).toEqual([3]);
    expect(days(metaTrader, '2025-10-16T00:00', '2025-10-20T10:00')).toEqual([4, 5, 6, 0]);
    expect(days(ctrader, '2025-10-15T20:59', '2025-10-15T21:00')).toEqual([3]);
    expect(days(ctrader, '2025-10-15T21:00', '2025-10-16T20:59')).toEqual([]);
  });

  it('charges seven nights a week: three on the triple day, none at the weekend', () => {
    const week = [0, 1, 2, 3, 4, 5, 6];
    expect(week.map((day) => nightsOf(named('EURUSD'), day))).toEqual([0, 1, 1, 3, 1, 1, 0]);
    expect(week.map((day) => nightsOf(named('GER40'), day))).toEqual([0, 1, 1, 1, 1, 3, 0]);
  });

  it('never rests and never rolls over when it is always open', () => {
    const always = new Calendar('always', 0);
    expect(always.isOpen(named('GER40'), at('2025-10-18T03:00'))).toBe(true);
    expect(always.rollovers(at('2025-10-01T00:00'), at('2025-10-30T00:00'))).toEqual([]);
  });
});

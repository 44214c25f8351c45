import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BadBars, readBars, Replay } from './bars';
import { Market } from './market';
import { findSymbol, type SymbolSpec } from './symbols';

const HEADER = 'time,symbol,open,high,low,close,spread';
const START = Date.UTC(2025, 10, 3, 8);
const FROM = Date.UTC(2026, 5, 1);

const named = (name: string): SymbolSpec => {
  const symbol = findSymbol(name);
  if (!symbol) throw new Error(`no ${name}`);
  return symbol;
};

describe('bars of a file', () => {
  const file = [
    HEADER,
    '2025-11-03T08:00:00Z,EURUSD,1.1,1.103,1.09,1.102,10',
    '2025-11-03T08:01:00Z,EURUSD,1.102,1.104,1.1,1.1,',
    '2025-11-03T08:05:00Z,EURUSD,1.2,1.2,1.2,1.2,10',
  ].join('\n');
  const bidAt = (seconds: number, speed = 1): number | undefined =>
    new Replay(readBars(file), { fromMs: FROM, speed }).quote(
      named('EURUSD'),
      FROM + seconds * 1000,
    )?.bidPoints;

  it('are played open, nearer end, farther end, close', () => {
    expect([0, 20, 40, 59.999].map((second) => bidAt(second))).toEqual([
      110_000, 109_000, 110_300, 110_200,
    ]);
    expect([60, 80, 100, 119.999].map((second) => bidAt(second))).toEqual([
      110_200, 110_400, 110_000, 110_000,
    ]);
  });

  it('leave the last close standing in a gap and at the end, and the first open before', () => {
    expect(bidAt(-3_600)).toBe(110_000);
    expect(bidAt(180)).toBe(110_000);
    expect(bidAt(300)).toBe(120_000);
    expect(bidAt(86_400)).toBe(120_000);
  });

  it('are played at the speed that is asked for', () => {
    expect(bidAt(5, 60)).toBe(120_000);
  });

  it('have a spread of their own, or the symbol’s', () => {
    const replay = new Replay(readBars(file), { fromMs: START, speed: 1 });
    const spread = (second: number): number => {
      const quote = replay.quote(named('EURUSD'), START + second * 1000);
      return (quote?.askPoints ?? 0) - (quote?.bidPoints ?? 0);
    };
    expect([spread(0), spread(60)]).toEqual([10, named('EURUSD').spreadPoints]);
  });

  it('leave symbols that are not in the file to the walk', () => {
    const replay = new Replay(readBars(file), { fromMs: FROM, speed: 1 });
    const gold = named('XAUUSD');
    expect(new Market(7, replay).quote(gold, FROM)).toEqual(new Market(7).quote(gold, FROM));
    expect(new Market(7, replay).quote(named('EURUSD'), FROM).bidPoints).toBe(110_000);
  });

  it('come with a sample that can be played', () => {
    const bars = readBars(readFileSync(join(__dirname, 'sample-bars.csv'), 'utf8'));
    expect([...bars].map(([symbol, list]) => [symbol, list.length])).toEqual([
      ['EURUSD', 60],
      ['USDJPY', 60],
      ['XAUUSD', 60],
    ]);
  });

  it.each([
    ['another header', 'date,symbol', 'line 1'],
    ['no bar', HEADER, 'no bar'],
    ['an unknown symbol', `${HEADER}\n2025-11-03T08:00:00Z,EURXXX,1,1,1,1,`, 'line 2: there is'],
    ['a time without a zone', `${HEADER}\n2025-11-03T08:00:00,EURUSD,1,1,1,1,`, 'its zone'],
    ['a digit too many', `${HEADER}\n2025-11-03T08:00:00Z,EURUSD,1.123456,2,1,1,`, '5 digits'],
    ['a high below the close', `${HEADER}\n2025-11-03T08:00:00Z,EURUSD,1,1.1,1,1.2,`, 'between'],
    ['a column too few', `${HEADER}\n2025-11-03T08:00:00Z,EURUSD,1,1,1`, 'has 5 columns'],
    [
      'a step back in time',
      `${HEADER}\n${'2025-11-03T08:00:00Z,EURUSD,1,1,1,1,\n'.repeat(2)}`,
      'line 3: EURUSD goes back',
    ],
  ])('are refused with %s', (_what, text, told) => {
    expect(() => readBars(text)).toThrow(BadBars);
    expect(() => readBars(text)).toThrow(told);
  });
});

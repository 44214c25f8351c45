import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { PreviousRun } from './previous';
import { readSettleFiles } from './read-files';

const example = path.join(__dirname, '../../docs/examples/settlement');

describe('the files of a settlement', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'keelson-files-'));
    cpSync(example, folder, { recursive: true });
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('are read: plans by their time, partners by their level, sums in minor units, lots in 1e-8', () => {
    const { book, previous } = readSettleFiles(folder);
    expect(previous).toBeUndefined();
    expect(book.plans.map(({ from, to, pins }) => [from, to, ...pins])).toEqual([
      ['2026-10-01T00:00:00.000Z', '2026-10-20T00:00:00Z', 'north-1'],
      ['2026-10-20T00:00:00Z', '2026-11-01T00:00:00.000Z', 'north-2'],
    ]);
    expect(book.partners).toContainEqual({
      // At the top since the 21st.
      ...{ id: 'east', parent_id: null, level: 1 },
      client_id: null,
    });
    expect(book.places?.filter(({ partnerId }) => partnerId === 'lone')).toEqual([
      { partnerId: 'lone', parentId: null, level: 1, from: null, to: '2026-10-22T11:00:00.000Z' },
      {
        partnerId: 'lone',
        parentId: 'north',
        level: 2,
        from: '2026-10-22T11:00:00.000Z',
        to: null,
      },
    ]);
    expect(book.deals.find(({ ticket }) => ticket === '112')).toMatchObject({
      volume: '150000000',
      profit_minor: '69173',
      equity_minor: '1000000',
      contract_size: '100',
      stop_out: false,
    });
    expect(book.rates).toEqual([{ from: 'EUR', rate: '1.0842', source: 'house rate 2026-10-31' }]);
  });

  it.each<[string, string, string, string]>([
    ['plans.json', '"period": "2026-10"', '"period": "October"', '/period, period: is not a month'],
    ['plans.json', '"jurisdiction": "SC"', '"jurisdiction": "Seychelles"', '/jurisdiction'],
    [
      'plans.json',
      '"ratesPerLot": ["9.00", "6.00"]',
      '"ratesPerLot": [9]',
      '/plans/0/plan/groups/0/ratesPerLot/0',
    ],
    [
      'plans.json',
      '"minHoldSeconds": 60,',
      '"minHoldSeconds": 60, "rebates": "after_cpa", "cpa2": 1,',
      '/plans/0/plan',
    ],
    ['network.csv', 'east,north,', 'east,south,', 'line 3, parent: south is no partner'],
    ['network.csv', 'north,,', 'north,east,', 'line 2, parent: the network is deeper'],
    // The lone one goes under north, which has gone under it before.
    [
      'network.csv',
      ',east,north,',
      ',east,north,\n2026-10-20T00:00:00Z,north,lone,',
      'the network is deeper',
    ],
    [
      'network.csv',
      ',lone,,c-4\n',
      '',
      'line 4, from: is of a move, and lone has no row without it',
    ],
    ['network.csv', 'Z,lone,north,', 'Z,lone,north,c-4', 'line 5, client: is said where'],
    ['network.csv', '2026-10-22T11:00:00Z', '22.10.2026', 'line 5, from: is not a time in UTC'],
    ['network.csv', 'Z,lone,north,', 'Z,lone,south,', 'line 5, parent: south is no partner'],
    [
      'network.csv',
      '2026-10-22T11:00:00Z,lone,north,',
      '2026-10-22T11:00:00Z,lone,north,\n2026-10-22T11:00:00Z,lone,,',
      'line 6, partner: stands twice',
    ],
    ['clients.csv', 'c-1,east', 'c-1,west', 'line 2, partner: west is no partner'],
    ['clients.csv', '2026-10-15T00:00:00Z,\nc-2', '2026-10-16T00:00:00Z,\nc-2', 'another partner'],
    ['clients.csv', ',family', ',friend', 'line 5, related: is none of self, family'],
    ['symbols.csv', 'mt5,USDJPY,3', 'mt5,EURUSD,3', 'line 3, symbol: stands twice'],
    ['rates.csv', '1.0842', '0', 'line 2, rate: is not above zero'],
    ['deposits.csv', '150.00', '150.005', 'line 2, amount: is not an amount in USD'],
    ['deals.csv', 'mt5,102', 'mt5,101', 'line 3, ticket: stands twice'],
    ['deals.csv', '2026-09-30T09:00:00Z', '30.09.2026', 'line 2, time: is not a time in UTC'],
    ['deals.csv', ',2.5,,', ',2.123456789,,', 'line 2, lots: is not a number of lots'],
    ['deals.csv', ',position,', ',pos,', 'line 1, position: the column is missing'],
    ['plans.json', '"from": "2026-', '"from": "2027-', '/plans/0/from, from: no plan begins'],
    ['deals.csv', '2026-09-30T09:00:00Z', '2026-02-30T09:00:00Z', 'line 2, time: is not a time'],
    ['deals.csv', '2026-09-30T09:00:00Z', '0000-09-30T09:00:00Z', 'line 2, time: is not a time'],
    ['deals.csv', 'mt5,102', 'mt5,0101', 'line 3, ticket: stands twice'],
    ['deals.csv', ',c-1,', ',c\0-1,', 'client: has a character that cannot be kept'],
  ])('name what is wrong: %s with %s as %s', (file, from, to, said) => {
    const text = readFileSync(path.join(folder, file), 'utf8');
    expect(text).toContain(from);
    writeFileSync(path.join(folder, file), text.replaceAll(from, to));
    expect(() => readSettleFiles(folder)).toThrow(`${file}: `);
    expect(() => readSettleFiles(folder)).toThrow(said);
  });

  it.each<[string, (run: PreviousRun) => unknown, string]>([
    [
      'an amount',
      (run) => (run.closing.carried = [{ partner: 'east', amount: '1.005' }]),
      '/closing/carried/0/amount',
    ],
    [
      'a partner twice',
      (run) =>
        (run.closing.carried = [
          { partner: 'east', amount: '1' },
          { partner: 'east', amount: '1' },
        ]),
      'east stands twice',
    ],
    [
      'half a minor unit',
      (run) => (run.closing.clients = [{ client: 'c-1', revenue: '1', paid: '1.5' }]),
      '/closing/clients/0/paid',
    ],
    [
      'a rate',
      (run) => (run.rates = [{ from: 'EUR', rate: '0', source: '' }]),
      '/rates/0/rate, rate: is not above zero',
    ],
    [
      'a position',
      (run) => run.lines.forEach((line) => (line.position = 'x')),
      '/lines/0/position',
    ],
    ['a month', (run) => (run.period = '2026-00'), '/period, period: is not a month'],
    ['a character', (run) => (run.planSet = 'x\0'), 'cannot be kept'],
  ])('name what is wrong in previous.json: %s', (_, change, said) => {
    const run = JSON.parse(
      readFileSync(path.join(example, 'expected.json'), 'utf8'),
    ) as PreviousRun;
    change(run);
    writeFileSync(path.join(folder, 'previous.json'), JSON.stringify(run));
    expect(() => readSettleFiles(folder)).toThrow('previous.json: ');
    expect(() => readSettleFiles(folder)).toThrow(said);
  });

  it('may not pay traders for trading where it is forbidden', () => {
    const file = path.join(folder, 'plans.json');
    const text = readFileSync(file, 'utf8')
      .replace('"SC"', '"CY"')
      .replace('"minHoldSeconds": 60,', '"minHoldSeconds": 60, "ownTrades": "paid",');
    writeFileSync(file, text);
    expect(() => readSettleFiles(folder)).toThrow('/plans/0/plan/ownTrades');
  });

  it('need each other: a file that is missing is named', () => {
    rmSync(path.join(folder, 'deals.csv'));
    expect(() => readSettleFiles(folder)).toThrow('deals.csv: ');
    rmSync(path.join(folder, 'deposits.csv'));
  });
});

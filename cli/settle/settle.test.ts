import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openScratch } from '../../tests/proofs/scratch';
import { readSettleFiles } from './read-files';
import { addDecimals, type Settled, settledTable, settleFiles } from './settle';

const example = path.join(__dirname, '../../docs/examples/settlement');

async function settle(folder: string, adjust = false): Promise<Settled> {
  const scratch = await openScratch();
  try {
    return await settleFiles(scratch.db, readSettleFiles(folder), { adjust });
  } finally {
    await scratch.close();
  }
}

const plain = (settled: Settled): unknown => JSON.parse(JSON.stringify(settled));

describe('settling plain files', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'keelson-settle-test-'));
    cpSync(example, folder, { recursive: true });
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  const edit = (file: string, change: (text: string) => string) => {
    const at = path.join(folder, file);
    writeFileSync(at, change(readFileSync(at, 'utf8')));
  };

  it('gives for the example what stands beside it, whatever the order of the deals', async () => {
    const expected: unknown = JSON.parse(readFileSync(path.join(example, 'expected.json'), 'utf8'));
    expect(plain(await settle(example))).toEqual(expected);
    edit('deals.csv', (text) => {
      const [header = '', ...deals] = text.trim().split('\n');
      return [header, ...deals.reverse()].join('\n');
    });
    expect(plain(await settle(folder))).toEqual(expected);
  });

  it('adjusts in the next month what came late, was cancelled or edited, once, and carries on', async () => {
    const october = await settle(example);
    writeFileSync(path.join(folder, 'previous.json'), JSON.stringify(october));
    edit('plans.json', (text) => text.replace('"period": "2026-10"', '"period": "2026-11"'));
    const none = await settle(folder, true);
    expect(none.lines).toEqual([]);
    const carried = (of: Settled) => of.partners.map(({ partner, balance }) => [partner, balance]);
    const open = new Map(october.closing.carried.map(({ partner, amount }) => [partner, amount]));
    expect(carried(none)).toEqual([...open]);

    edit('deals.csv', (text) =>
      text
        // Edited: 4 lots were 2. Cancelled: the closing of 3 lots. Late: one lot more.
        .replaceAll(',EURUSD,4,', ',EURUSD,2,')
        .replace('c-1,7,,sell', 'c-1,7,cancelled,sell')
        .concat(
          'mt5,130,2026-10-25T10:00:00Z,5001,c-1,11,,buy,in,EURUSD,1,,1.10000,0,0,0,USD,1.09988,1.10000,1,,,\n',
          'mt5,131,2026-10-25T12:00:00Z,5001,c-1,11,,sell,out,EURUSD,1,,1.10100,0,0,100.00,USD,1.10100,1.10112,1,,,\n',
        ),
    );
    const november = await settle(folder, true);
    const adjusted = november.lines.map(
      ({ tickets, partner, component, reason, amount }) =>
        `${tickets.join('+')} ${partner} ${component} ${reason} ${amount}`,
    );
    expect(adjusted).toMatchInlineSnapshot(`
      [
        "115+116 east per_lot CANCELLED_LATER -18.00",
        "115+116 north per_lot CANCELLED_LATER -3.00",
        "115+116 east spread CANCELLED_LATER -4.32",
        "118+119 east per_lot EDITED_LATER -4.00",
        "130+131 east per_lot LATE_DEAL 8.00",
        " east volume_bonus EDITED_LATER -2.00",
      ]
    `);
    expect(
      november.lines.every(({ event, adjusts }) => event === 'adjustment' && adjusts === '2026-10'),
    ).toBe(true);
    expect((await settle(folder, true)).resultHash).toBe(november.resultHash);
    expect((await settle(folder)).lines).toEqual([]);
  });

  it('says for a person what each partner gets and why the rest was not paid', async () => {
    const table = settledTable(await settle(example));
    expect(table).toContain('HEDGED: Not paid: opposite volume');
    expect(table).toMatch(/east +\d+\.\d\d/);
  });
});

it.each([
  ['1.5', '2', '3.5'],
  ['-0.25', '0.2', '-0.05'],
  ['-1', '1', '0'],
  ['-0.5', '0.5', '0.0'],
])('adds %s and %s to %s', (a, b, sum) => {
  expect(addDecimals(a, b)).toBe(sum);
});

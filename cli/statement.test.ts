import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readStatement } from '../connectors/bank-files/read-statement';
import { command } from './commands/statement';
import { statementTable } from './statement';

const root = path.resolve(__dirname, '..');

const text = `:20:STATEMENT
:25:DE89370400440532013000EUR
:28C:1/1
:60F:D260302EUR10,
:61:2603030302RD12,5NTRFNONREF//BANK1
:86:/EREF/DEP-1//REMI/USTD//Deposit 7/
:62F:C260303EUR2,5
-
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'keelson-statement-'));
  writeFileSync(path.join(folder, 'good.txt'), text);
  writeFileSync(path.join(folder, 'broken.txt'), text.replace('RD12,5', 'RD12,5,5'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** From a folder that is not the repository, where npm takes names of files from. */
function keelson(...args: readonly string[]) {
  const run = spawnSync('npm', ['--prefix', root, 'run', 'keelson', '--', ...args], {
    cwd: folder,
    env: { ...process.env, INIT_CWD: '', npm_config_loglevel: undefined },
    encoding: 'utf8',
  });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

describe('npm run keelson -- statement read', () => {
  it('prints one line of JSON and nothing else', () => {
    const { code, out, err } = keelson('statement', 'read', 'good.txt', '--json');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toBe(
      `${JSON.stringify({
        statements: [
          {
            account: 'DE89370400440532013000',
            currency: 'EUR',
            openingBalance: '-10.00',
            closingBalance: '2.50',
            entries: [
              {
                amount: '12.50',
                currency: 'EUR',
                direction: 'credit',
                bookedOn: '2026-03-02',
                valuedOn: '2026-03-03',
                reversal: true,
                references: {
                  customerReference: 'NONREF',
                  bankReference: 'BANK1',
                  bankTransactionCode: 'NTRF',
                  endToEndId: 'DEP-1',
                },
                remittance: 'Deposit 7',
              },
            ],
          },
        ],
      })}\n`,
    );
  });

  it('says in one line what is wrong with a file, and ends with 2', () => {
    expect(keelson('statement', 'read', 'broken.txt', '--json')).toEqual({
      code: 2,
      out: '',
      err: 'broken.txt:5: :61: "2603030302RD12,5,5NTRFNONREF//BANK1" has no amount like 12,34 after its mark\n',
    });
  });
});

it('ends with 2 for a file that is not there', async () => {
  const write = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  expect(await command.run(['read', path.join(folder, 'none'), '--json'])).toBe(2);
  expect(write.mock.calls).toEqual([[expect.stringMatching(/none: .*ENOENT[^\n]*\n$/)]]);
  write.mockRestore();
});

it('shows a person what is in a statement', () => {
  expect(statementTable(readStatement(Buffer.from(text)))).toBe(
    [
      'DE89370400440532013000 EUR: 1 entry',
      '  booked      valued                    amount  what',
      '              opening                   -10.00',
      '  2026-03-02  2026-03-03                 12.50  (reversal) · Deposit 7',
      '              closing                     2.50',
    ].join('\n'),
  );
});

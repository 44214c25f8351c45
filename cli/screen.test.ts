import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sampleListFolder } from '../connectors/screening/ofac';
import { UsageError } from './command';
import { command } from './commands/screen';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'keelson-screen-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const place = path.join(folder, name);
  writeFileSync(place, text);
  return place;
}

async function screen(...args: readonly string[]) {
  const written = { out: '', err: '' };
  const into = (stream: 'out' | 'err') => (text: string | Uint8Array) => {
    written[stream] += String(text);
    return true;
  };
  const spies = [
    jest.spyOn(process.stdout, 'write').mockImplementation(into('out')),
    jest.spyOn(process.stderr, 'write').mockImplementation(into('err')),
  ];
  try {
    const code = await command.run(args);
    return { code, err: written.err, lines: written.out.split('\n').filter(Boolean) };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

describe('keelson screen', () => {
  it('answers each name in order: verdict, score, candidates with their parts, list and algorithm', async () => {
    const names = file(
      'names.csv',
      'id,name,dateOfBirth\nc1,Emma Walker,\nc2,Lev Antonin Zubarzev,1958-11-30\n',
    );
    const { code, lines } = await screen('--list', sampleListFolder, '--names', names, '--json');
    expect(code).toBe(0);
    const answers: unknown[] = lines.map((line) => JSON.parse(line));
    expect(answers).toMatchObject([
      { line: 2, id: 'c1', verdict: 'clear', hit: false },
      {
        id: 'c2',
        verdict: 'strong',
        hit: true,
        lists: [{ name: 'OFAC SDN' }],
        candidates: [{ entryId: 'sdn:900004', parts: expect.any(Array) }],
      },
    ]);
  });

  it('scores pairs, one JSON line each, in order', async () => {
    const pairs = file(
      'pairs.csv',
      'left,right\nJohn Smith,"SMITH, John"\nJohn Smith,Mary Jones\n',
    );
    const { lines } = await screen('--pairs', pairs);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { score: 1, match: true },
      { score: 0, match: false },
    ]);
  });

  it.each([
    ['a missing column', 'first,last\nA,B\n', 'broken.csv, line 1: no column "name"'],
    [
      'a date that is none',
      'name,dateOfBirth\nAnn Lee,31.12.1990\n',
      'broken.csv, line 2: dateOfBirth',
    ],
    ['a name that is missing', 'id,name\n7,\n', 'broken.csv, line 2: name: the name is missing'],
    ['a row that comes late', 'name\nAnn Lee\nBea Lee\n" "\n', 'broken.csv, line 4: name'],
  ])('ends with 2 and one line for %s', async (_what, text, said) => {
    const names = file('broken.csv', text);
    const { code, err, lines } = await screen('--list', sampleListFolder, '--names', names);
    expect([code, lines, err.trim().split('\n').length]).toEqual([2, [], 1]);
    expect(err).toContain(said);
  });

  it('gives no score of a file of pairs that is broken further down', async () => {
    const pairs = file('half.csv', 'left,right\nAnn Lee,Ann Lee\nAnn Lee,"Ann\n');
    const { code, err, lines } = await screen('--pairs', pairs);
    expect([code, lines]).toEqual([2, []]);
    expect(err).toMatch(/^half\.csv, line \d: /);
  });

  it('ends with 2 for a list that is not there', async () => {
    const names = file('one.csv', 'name\nAnn Lee\n');
    expect(await screen('--list', path.join(folder, 'no.xml'), '--names', names)).toMatchObject({
      code: 2,
      err: expect.stringContaining('there is no such file'),
    });
  });

  it('refuses a command line that asks for nothing or for two things', async () => {
    await expect(screen('--names', 'a.csv')).rejects.toThrow(UsageError);
    await expect(screen('--pairs', 'a.csv', '--list', 'b')).rejects.toThrow(UsageError);
  });
});

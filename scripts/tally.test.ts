import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const tally = path.join(__dirname, 'tally.js');

describe('the line CI reads', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'keelson-tally-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  /** Runs Jest, with the reporter, on test files of this test; answers what was recorded. */
  function runJest(files: Readonly<Record<string, string>>): string {
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(dir, name), text);
    const record = path.join(dir, 'record');
    const jest = path.resolve(__dirname, '..', 'node_modules', 'jest', 'bin', 'jest.js');
    const config = '{"testMatch":["**/*.check.js"]}';
    spawnSync(
      process.execPath,
      [jest, '--rootDir', dir, '--config', config, '--reporters', tally],
      { env: { ...process.env, KEELSON_TEST_RECORD: record } },
    );
    return readFileSync(record, 'utf8');
  }

  it('counts tests, and a file that cannot be run as a failure', () => {
    const record = runJest({
      'a.check.js':
        "test('1', () => {}); test('2', () => {}); test('3', () => { throw new Error('no') });",
      'b.check.js': 'this is no JavaScript',
    });
    expect(record).toBe('2 2\n');
  });

  const sum = (file: string) =>
    spawnSync(process.execPath, [tally, file], { encoding: 'utf8' }).stdout;

  it('sums several runs', () => {
    const record = path.join(dir, 'record');
    writeFileSync(record, '12 0\n3 1\n');
    expect(sum(record)).toBe('15 passed, 1 failed\n');
  });

  it('calls a run that recorded nothing a failure', () => {
    expect(sum(path.join(dir, 'none'))).toBe('0 passed, 1 failed\n');
  });

  it('is the last line of npm test, even when Jest cannot begin', () => {
    const { stdout, status } = spawnSync(
      process.execPath,
      [path.join(__dirname, 'run.js'), 'test', '--config', 'nowhere.js'],
      { encoding: 'utf8', env: { ...process.env, KEELSON_TEST_TALLY: path.join(dir, 'tally') } },
    );
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('0 passed, 1 failed');
    expect(status).toBe(1);
    expect(readFileSync(path.join(dir, 'tally'), 'utf8')).toBe('0 1\n');
  });
});

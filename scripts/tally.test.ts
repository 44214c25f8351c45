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

  /** Runs Jest, with the reporter, on test files of this test. */
  function runJest(files: Readonly<Record<string, string>>): { out: string; record: string } {
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(dir, name), text);
    const record = path.join(dir, 'record');
    const program = `
      const tally = require(${JSON.stringify(tally)});
      tally.reset();
      process.on('exit', () => process.stdout.write(tally.line() + '\\n'));
      require('jest').run(['--rootDir', ${JSON.stringify(dir)}, '--config', '{"testMatch":["**/*.check.js"]}',
        '--reporters', ${JSON.stringify(tally)}]);`;
    const { stdout } = spawnSync(process.execPath, ['-e', program], {
      cwd: path.resolve(__dirname, '..'),
      encoding: 'utf8',
      env: { ...process.env, KEELSON_TEST_TALLY: record },
    });
    return { out: stdout, record: readFileSync(record, 'utf8') };
  }

  it('counts tests, and a file that cannot be run as a failure', () => {
    const { out, record } = runJest({
      'a.check.js':
        "test('1', () => {}); test('2', () => {}); test('3', () => { throw new Error('no') });",
      'b.check.js': 'this is no JavaScript',
    });
    expect(out.trimEnd().split('\n').at(-1)).toBe('2 passed, 2 failed');
    expect(record).toBe('2 2\n');
  });

  it('sums several runs', () => {
    const record = path.join(dir, 'record');
    writeFileSync(record, '12 0\n3 1\n');
    const sum = (file: string) =>
      spawnSync(process.execPath, [tally, file], { encoding: 'utf8' }).stdout;
    expect(sum(record)).toBe('15 passed, 1 failed\n');
    expect(sum(path.join(dir, 'none'))).toBe('0 passed, 0 failed\n');
  });

  it('calls a run that never ended a failure', () => {
    const program = `const t = require(${JSON.stringify(tally)}); t.reset(); console.log(t.line())`;
    const { stdout } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
    expect(stdout).toBe('0 passed, 1 failed\n');
  });
});

import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Journal } from './journal';
import type { Change } from './records';

describe('journal', () => {
  let path: string;
  beforeEach(() => {
    path = join(mkdtempSync(join(tmpdir(), 'mt5-journal-')), 'journal.jsonl');
  });
  afterEach(() => rmSync(join(path, '..'), { recursive: true, force: true }));

  const tampering = (minor: bigint): Change => ({
    kind: 'balance-tampered',
    login: 1,
    balanceMinor: minor,
    creditMinor: 0n,
  });

  it('gives back what was appended, amounts as integers', () => {
    const { journal } = Journal.open(path);
    journal.append([tampering(12_345_678_901_234_567n), tampering(-1n)]);
    journal.append([tampering(2n)]);
    journal.close();
    expect(Journal.open(path).transactions).toEqual([
      [tampering(12_345_678_901_234_567n), tampering(-1n)],
      [tampering(2n)],
    ]);
  });

  it('drops a torn last line and goes on after it', () => {
    const { journal } = Journal.open(path);
    journal.append([tampering(1n)]);
    journal.close();
    appendFileSync(path, '[{"kind":"balance-tam');
    const reopened = Journal.open(path);
    expect(reopened.transactions.length).toBe(1);
    reopened.journal.append([tampering(3n)]);
    reopened.journal.close();
    expect(Journal.open(path).transactions).toEqual([[tampering(1n)], [tampering(3n)]]);
  });

  it('refuses a file that is damaged before its end', () => {
    writeFileSync(path, '[{"kind":\n[]\n');
    expect(() => Journal.open(path)).toThrow('damaged at line 1');
  });

  it('is readable by its owner only', () => {
    Journal.open(path).journal.close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).toBe('');
  });
});

import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isCurrency } from '../../domain/money';
import { paymentRails } from '../../domain/payments/rails';
import { startStage } from '../../simulators/psp/stage';
import { bookInMemory } from './testing/address-book';
import { SecretFileError } from '../secret-file';
import { configuredProviders, readProviders } from './registry';

let known: readonly Readonly<Record<string, string>>[];
beforeAll(async () => {
  const stage = await startStage(() => 200);
  known = stage.addresses.providers;
  await stage.close();
});

function fileOf(content: unknown): string {
  const file = join(mkdtempSync(join(tmpdir(), 'providers-')), 'providers.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content), {
    mode: 0o600,
  });
  return file;
}

it('makes what the simulator prints, each under a name that halts know', () => {
  const providers = configuredProviders(fileOf(known), { bookOf: bookInMemory });
  expect(providers).toHaveLength(known.length);
  for (const { name } of providers) expect(paymentRails).toContain(name);
});

it('declares limits in currencies that can be counted here, the least not above the most', () => {
  for (const { capabilities } of configuredProviders(fileOf(known), { bookOf: bookInMemory })) {
    for (const terms of Object.values(capabilities.operations)) {
      for (const [currency, { minMinor, maxMinor }] of Object.entries(terms.limits)) {
        expect(isCurrency(currency)).toBe(true);
        expect(minMinor).toBeGreaterThan(0n);
        expect(maxMinor).toBeGreaterThanOrEqual(minMinor);
        // JSON numbers stay exact.
        expect(maxMinor).toBeLessThan(10n ** 15n);
      }
    }
  }
});

it('has none without a file', () => {
  expect(configuredProviders(undefined, { bookOf: bookInMemory })).toEqual([]);
});

it.each<[string, (first: Readonly<Record<string, string>>) => unknown, RegExp]>([
  ['no JSON', () => '{', /cannot be read as JSON/],
  ['a name nobody has', () => [{ name: 'paypal' }], /0\/name/],
  ['a setting too many', (first) => [{ ...first, colour: 'red' }], /colour/],
  ['a setting too few', ({ secretWord: _secretWord, ...first }) => [first], /0\/secretWord/],
  ['an address that is none', (first) => [{ ...first, apiUrl: 'ftp://x' }], /0\/apiUrl/],
  ['one name twice', (first) => [first, first], /same name/],
])('names the place of %s, and no secret', (_what, change, message) => {
  const [first] = known;
  if (!first) throw new Error('no settings');
  const read = () => readProviders(fileOf(change(first)));
  expect(read).toThrow(SecretFileError);
  expect(read).toThrow(message);
  expect(read).not.toThrow(new RegExp(first.password ?? 'none'));
});

it.each([0o604, 0o640, 0o620])('takes no file that others may use: mode %o', (mode) => {
  const file = fileOf(known);
  chmodSync(file, mode);
  expect(() => readProviders(file)).toThrow(SecretFileError);
  expect(() => readProviders(file)).toThrow(`chmod 600 ${file}`);
  chmodSync(file, 0o600);
  expect(readProviders(file)).toHaveLength(known.length);
});

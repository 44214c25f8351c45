import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeyUnavailable } from '../../domain/keys';
import { keysFrom, openKeys, throwawayKeys } from './file-keys';

describe('the key port over files', () => {
  const keys = throwawayKeys();

  it('opens what it wrapped, for the same person only', () => {
    const dataKey = randomBytes(32);
    const wrapped = keys.wrap(dataKey, 'pty_1');
    expect(Buffer.from(keys.unwrap(wrapped, 'pty_1')).equals(dataKey)).toBe(true);
    expect(() => keys.unwrap(wrapped, 'pty_2')).toThrow(KeyUnavailable);
    expect(() => throwawayKeys().unwrap(wrapped, 'pty_1')).toThrow(KeyUnavailable);
  });

  it('indexes the same value of two fields differently', () => {
    expect(keys.blindIndex('email', 'a@b.c')).toBe(keys.blindIndex('email', 'a@b.c'));
    expect(keys.blindIndex('email', 'a@b.c')).not.toBe(keys.blindIndex('phone', 'a@b.c'));
  });

  it('signs so that one changed byte is noticed', () => {
    const message = Buffer.from('heads');
    const signature = keys.sign(message);
    expect(keys.verify(message, signature)).toBe(true);
    expect(keys.verify(Buffer.from('headz'), signature)).toBe(false);
  });

  it('names the file that is missing or malformed', () => {
    const folder = folderOfKeys();
    expect(openKeys(folder).keyId).toMatch(/^[0-9a-f]{16}$/);
    rmSync(join(folder, 'master.key'));
    expect(() => openKeys(folder)).toThrow('master.key cannot be read');
    expect(() => keysFrom({ masterKey: 'x', indexKey: 'x', signingKey: 'x' })).toThrow(
      'master.key',
    );
  });

  it('refuses a key that others may read', () => {
    const folder = folderOfKeys();
    chmodSync(join(folder, 'signing.key'), 0o640);
    expect(() => openKeys(folder)).toThrow('signing.key has mode 0640');
    chmodSync(join(folder, 'signing.key'), 0o600);
    chmodSync(folder, 0o755);
    expect(() => openKeys(folder)).toThrow('the folder of the keys has mode 0755');
  });
});

function folderOfKeys(): string {
  const folder = mkdtempSync(join(tmpdir(), 'keelson-keys-'));
  const write = (name: string, text: string) =>
    writeFileSync(join(folder, name), text, { mode: 0o600 });
  write('master.key', randomBytes(32).toString('hex'));
  write('index.key', randomBytes(32).toString('hex'));
  const { privateKey } = generateKeyPairSync('ed25519');
  write('signing.key', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  return folder;
}

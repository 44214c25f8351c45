import { randomBytes } from 'node:crypto';
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
    expect(() => openKeys('/nonexistent')).toThrow('master.key cannot be read');
    expect(() => keysFrom({ masterKey: 'x', indexKey: 'x', signingKey: 'x' })).toThrow(
      'master.key',
    );
  });
});

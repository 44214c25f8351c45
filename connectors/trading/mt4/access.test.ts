import { accessOf, defaultFlags, withAccess } from './access';
import { acceptsPassword, generatePassword, passwordLengthMax } from './password';

describe('access on MT4', () => {
  it('is full on a new log-in', () => {
    expect(accessOf(defaultFlags)).toEqual({
      loginEnabled: true,
      tradingEnabled: true,
      readOnly: false,
      closeOnly: false,
    });
  });

  it('freezes and blocks by one bit each and leaves every other flag alone', () => {
    const odd = 0x7f0b;
    expect(withAccess(odd, { tradingEnabled: false })).toBe(odd | 0x4);
    expect(withAccess(odd | 0x4, { tradingEnabled: true })).toBe(odd);
    expect(withAccess(odd, { loginEnabled: false })).toBe(odd & ~0x1);
    expect(withAccess(odd, { readOnly: true })).toBe(odd | 0x4);
    expect(withAccess(odd, {})).toBe(odd);
  });

  it.each([
    { loginEnabled: true, tradingEnabled: true, readOnly: false, closeOnly: false },
    { loginEnabled: true, tradingEnabled: false, readOnly: false, closeOnly: false },
    { loginEnabled: false, tradingEnabled: false, readOnly: false, closeOnly: false },
  ])('reads back what was set: %j', (access) => {
    expect(accessOf(withAccess(defaultFlags, access))).toEqual(access);
  });
});

describe('a password for MT4', () => {
  it('is random, fits and is accepted', () => {
    const passwords = Array.from({ length: 200 }, generatePassword);
    expect(new Set(passwords).size).toBe(200);
    for (const password of passwords) {
      expect(password).toHaveLength(passwordLengthMax);
      expect(acceptsPassword(password)).toBe(true);
    }
  });

  it.each(['Ab1', 'abcdefgh1', 'ABCDEFGH1', 'Abcdefghi', 'Abcdefgh12345678', 'Abcdé1234'])(
    'is not %s',
    (password) => {
      expect(acceptsPassword(password)).toBe(false);
    },
  );
});

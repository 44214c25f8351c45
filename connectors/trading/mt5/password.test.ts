import { acceptsPassword, generatePassword, passwordLengthMax } from './password';

describe('MT5 password', () => {
  it('is generated with all four classes every time', () => {
    const seen = new Set<string>();
    for (let round = 0; round < 500; round += 1) {
      const password = generatePassword();
      expect(password).toHaveLength(passwordLengthMax);
      expect(acceptsPassword(password)).toBe(true);
      seen.add(password);
    }
    expect(seen.size).toBe(500);
  });

  it.each(['Short1!', 'alllower1!', 'ALLUPPER1!', 'NoDigits!!', 'NoSigns11', 'Much-Too-Long-1234'])(
    'is refused when it misses a rule: %s',
    (password) => {
      expect(acceptsPassword(password)).toBe(false);
    },
  );
});

import { classifyRetcode, describeRetcode } from './retcode';

describe('return code of a write', () => {
  it.each([
    [3, 'INVALID_PARAMETERS'],
    [8, 'PERMISSION_DENIED'],
    [13, 'NOT_FOUND'],
    [3002, 'LOGIN_RANGE_EXHAUSTED'],
    [3004, 'ALREADY_EXISTS'],
    [3006, 'PASSWORD_REJECTED'],
    [3007, 'USERS_LIMIT'],
    [3008, 'HAS_TRADES'],
    [3009, 'OTHER_SERVER'],
    [3010, 'OTHER_CURRENCY'],
    [3011, 'PLATFORM_REFUSED'],
    [3999, 'PLATFORM_REFUSED'],
    [4005, 'MAXIMUM_AMOUNT'],
    [10019, 'NOT_ENOUGH_MONEY'],
  ])('%i is a definite refusal: %s', (code, name) => {
    expect(classifyRetcode(code)).toEqual({ kind: 'refused', code: name });
  });

  it.each([1, 2, 7, 9, 10, 12, 17, 1001, 1002, 1010, 1012, 1018, 12001, 12004])(
    '%i leaves the outcome unknown',
    (code) => {
      expect(classifyRetcode(code)).toEqual({ kind: 'unknown' });
    },
  );

  it('calls no code refused that is not listed', () => {
    const refused: number[] = [];
    for (let code = -1; code <= 20_000; code += 1) {
      if (classifyRetcode(code).kind === 'refused') refused.push(code);
    }
    expect(refused.filter((code) => code < 3000 || code > 3999)).toEqual([3, 8, 13, 4005, 10019]);
    expect(refused).toHaveLength(1005);
  });

  it('is done with 0 only', () => {
    expect(classifyRetcode(0)).toEqual({ kind: 'done' });
    expect(describeRetcode(10019)).toBe('not enough money (MT5 10019)');
  });
});

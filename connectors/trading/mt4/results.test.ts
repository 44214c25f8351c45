import { classifyFailure, describe as words, resultOf } from './results';

describe('results of MT4 behind the bridge', () => {
  it.each([
    [134, 134],
    ['134', 134],
    ['TradeNoMoney', 134],
    ['RET_TRADE_NO_MONEY', 134],
    ['InvalidData', 3],
    ['NoSuchResult', null],
    [null, null],
  ])('reads %s as %s', (managerCode, result) => {
    expect(resultOf(managerCode)).toBe(result);
  });

  it('refuses a write only by what is listed', () => {
    for (let managerCode = 0; managerCode < 200; managerCode += 1) {
      const { kind } = classifyFailure({ code: 'MT4Error', managerCode }, null);
      const listed = [3, 7, 64, 65, 129, 130, 131, 133, 134].includes(managerCode);
      expect(kind).toBe(listed ? 'refused' : 'unknown');
    }
    expect(classifyFailure({ code: 'MT4Error', managerCode: 'NoSuchResult' }, null).kind).toBe(
      'unknown',
    );
  });

  it('believes the outcome before the code', () => {
    const refusal = { code: 'MT4Error', managerCode: 134 };
    for (const outcome of ['unknown', 'timeout', 'in-progress', 'something new']) {
      expect(classifyFailure(refusal, outcome).kind).toBe('unknown');
    }
    expect(
      classifyFailure({ code: 'OutcomeUnknown', managerCode: null }, 'not-started'),
    ).toMatchObject({
      kind: 'refused',
      notSent: true,
    });
  });

  it('never repeats what a server wrote', () => {
    expect(words({ code: '<script>', managerCode: null })).toBe('the bridge says unknown code');
  });
});

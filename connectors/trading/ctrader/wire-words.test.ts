import { accessOf, fullAccess, rightsOf } from './access';
import { lotVolume, minorOf, priceText } from './amounts';
import { describeError, errorNumber, refusalOf } from './error-code';
import { pairName, parsePair } from './group-name';
import { classifyWrite } from './write-outcome';

describe('words of cTrader', () => {
  it('reads access back as it was written', () => {
    const blocked = { ...fullAccess, loginEnabled: false, tradingEnabled: false };
    const frozen = { ...fullAccess, tradingEnabled: false };
    const closing = { ...fullAccess, closeOnly: true };
    for (const access of [fullAccess, frozen, closing, blocked]) {
      expect(accessOf(rightsOf(access))).toEqual(access);
    }
  });

  it('takes the strictest of what is asked, and an unknown word as no access', () => {
    const closing = { ...fullAccess, closeOnly: true };
    expect(rightsOf({ ...closing, tradingEnabled: false })).toBe('NO_TRADING');
    expect(rightsOf({ ...closing, readOnly: true })).toBe('NO_TRADING');
    expect(rightsOf({ ...closing, loginEnabled: false })).toBe('NO_LOGIN');
    expect(accessOf('SOMETHING_NEW').loginEnabled).toBe(false);
  });

  it('scales money to the currency and never rounds it', () => {
    expect(minorOf(12_345n, 2, 'USD')).toBe(12_345n);
    expect(minorOf(12_345n, 0, 'USD')).toBe(1_234_500n);
    expect(minorOf(-1_230_000n, 4, 'EUR')).toBe(-12_300n);
    expect(minorOf(12_300n, 2, 'JPY')).toBe(123n);
    expect(() => minorOf(12_345n, 2, 'JPY')).toThrow('digits after the point');
  });

  it('writes prices as plain decimals and volumes in lots', () => {
    expect([1.0977, 2341.5, 0.1 + 0.2, 100].map(priceText)).toEqual([
      '1.0977',
      '2341.5',
      '0.3',
      '100',
    ]);
    expect(lotVolume(10_000_000n, 10_000_000n)).toBe(100_000_000n);
    expect(lotVolume(1n, 3n)).toBe(33_333_333n);
  });

  it('writes a group with its currency, and reads no other text as one', () => {
    expect(parsePair('cy/std/EUR')).toEqual({ name: 'cy/std', currency: 'EUR' });
    expect(parsePair(pairName({ name: 'off-pro', currency: 'USD' }))).toEqual({
      name: 'off-pro',
      currency: 'USD',
    });
    for (const text of ['cy-std', 'cy-std/eur', '/USD', 'cy-std/USDT']) {
      expect(parsePair(text)).toBeNull();
    }
  });

  it('knows refusals from errors that leave open what was done', () => {
    expect(refusalOf('NOT_ENOUGH_MONEY')).toBe('NOT_ENOUGH_MONEY');
    expect(refusalOf('REQUEST_FREQUENCY_EXCEEDED')).toBeNull();
    expect(refusalOf('SERVER_IS_UNDER_MAINTENANCE')).toBeNull();
    expect(errorNumber('TRADER_NOT_FOUND')).toBe(11);
    expect(describeError('<script>')).not.toContain('<');
  });

  it('believes a refusal with a client error only', () => {
    const body = JSON.stringify({ error: { errorCode: 'NOT_ENOUGH_MONEY', description: '' } });
    const answered = { kind: 'answered', body } as const;
    expect(classifyWrite({ ...answered, status: 400 })).toMatchObject({
      kind: 'refused',
      code: 'NOT_ENOUGH_MONEY',
      platformCode: 1,
      notSent: false,
    });
    expect(classifyWrite({ ...answered, status: 500 })).toMatchObject({ kind: 'unknown' });
    expect(classifyWrite({ ...answered, status: 200, body: '{"balanc' })).toMatchObject({
      kind: 'unknown',
    });
    expect(classifyWrite({ ...answered, status: 404, body: '<html>' })).toMatchObject({
      kind: 'unknown',
    });
    expect(classifyWrite({ ...answered, status: 204, body: '' })).toMatchObject({ kind: 'done' });
    expect(classifyWrite({ kind: 'not_sent', reason: 'x' })).toMatchObject({ notSent: true });
  });
});

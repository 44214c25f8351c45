import { answerChallenge, MalformedChallenge, newChallenge, verifyAnswer } from './auth';

describe('MT5 challenge and response', () => {
  it.each([
    ['Password1', '73007dc7184747ce0f7c98516ef1c851', '77fe51827f7fa69dd80fbec9aa33f1bb'],
    ['Żółć-₿', '000102030405060708090a0b0c0d0e0f', 'fbcb22e2597c2a5faefa373a739479b0'],
  ])('gives the known answer for %s', (password, random, answer) => {
    expect(answerChallenge(password, random)).toBe(answer);
    expect(verifyAnswer(password, random, answer)).toBe(true);
  });

  it('does not believe a server that answers without the password', () => {
    const random = newChallenge();
    expect(verifyAnswer('Password1', random, answerChallenge('Password2', random))).toBe(false);
    expect(verifyAnswer('Password1', random, '')).toBe(false);
    expect(verifyAnswer('Password1', random, 'zz')).toBe(false);
  });

  it('signs nothing but 16 bytes', () => {
    expect(() => answerChallenge('Password1', 'abcd')).toThrow(MalformedChallenge);
  });
});

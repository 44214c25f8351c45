import { digestPassword, passwordMatches } from '../brokerage/passwords';
import { authAnswer, passwordIsStrong, Session } from './auth';

describe('authentication', () => {
  it.each([
    ['Password1', '73007dc7184747ce0f7c98516ef1c851', '77fe51827f7fa69dd80fbec9aa33f1bb'],
    ['Żółć-₿', '000102030405060708090a0b0c0d0e0f', 'fbcb22e2597c2a5faefa373a739479b0'],
  ])('answers the known challenge for %s', (password, rand, answer) => {
    expect(authAnswer(password, rand)).toBe(answer);
  });

  const asked = { version: '484', agent: 'test', login: '1000', type: 'manager' };
  const session = (): Session => new Session({ login: '1000', password: 'Password1' });
  const cliRand = '000102030405060708090a0b0c0d0e0f';

  function challenge(subject: Session, login = '1000'): string {
    const started = subject.start({ ...asked, login }, 0);
    if (!('srvRand' in started)) throw new Error(`refused with ${started.retcode}`);
    return started.srvRand;
  }

  it('accepts an answer within ten seconds and proves itself to the client', () => {
    const subject = session();
    const srvRandAnswer = authAnswer('Password1', challenge(subject));
    const proof = subject.answer({ srvRandAnswer, cliRand }, 10_000);
    expect(proof).toEqual({ cliRandAnswer: authAnswer('Password1', cliRand) });
    expect(subject.authenticated).toBe(true);
  });

  it('refuses the right answer after ten seconds', () => {
    const subject = session();
    const srvRandAnswer = authAnswer('Password1', challenge(subject));
    expect(subject.answer({ srvRandAnswer, cliRand }, 10_001)).toEqual({ retcode: 9 });
    expect(subject.authenticated).toBe(false);
  });

  it('takes one answer per challenge', () => {
    const subject = session();
    const srvRandAnswer = authAnswer('Password1', challenge(subject));
    subject.answer({ srvRandAnswer: 'wrong', cliRand }, 1);
    expect(subject.answer({ srvRandAnswer, cliRand }, 2)).toEqual({ retcode: 3 });
  });

  it('answers a wrong password and an unknown log-in alike with 1001', () => {
    const wrong = session();
    const srvRandAnswer = authAnswer('password1', challenge(wrong));
    expect(wrong.answer({ srvRandAnswer, cliRand }, 1)).toEqual({ retcode: 1001 });
    const unknown = session();
    const right = authAnswer('Password1', challenge(unknown, '1001'));
    expect(unknown.answer({ srvRandAnswer: right, cliRand }, 1)).toEqual({ retcode: 1001 });
  });

  it('refuses a client older than 484 with 1010', () => {
    expect(session().start({ ...asked, version: '483' }, 0)).toEqual({ retcode: 1010 });
  });

  it.each([
    ['Ab1-xyz', false],
    ['Ab1-xyzw', true],
    ['Ab1-xyzwAb1-xyzw', true],
    ['Ab1-xyzwAb1-xyzw!', false],
    ['ab1-xyzw', false],
    ['AB1-XYZW', false],
    ['Abc-xyzw', false],
    ['Ab1xxyzw', false],
  ])('judges the account password %s as %s', (password, strong) => {
    expect(passwordIsStrong(password)).toBe(strong);
  });

  it('keeps account passwords as salted digests', () => {
    const digest = digestPassword('Main-pass1');
    expect(digest).not.toContain('Main-pass1');
    expect(passwordMatches('Main-pass1', digest)).toBe(true);
    expect(passwordMatches('Main-pass2', digest)).toBe(false);
  });
});

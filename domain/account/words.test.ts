import { accountRequestKinds } from './request';
import { answerForClient, reasonForClient, reasonsForClient } from './words';

const ask = { kind: 'change_leverage', leverage: 50 } as const;
const of = { ask, reasons: [], look: null };

describe('what a client reads about a request', () => {
  it('is the reason of a refusal, when it may be told', () => {
    const reasons = ['LEVERAGE_ABOVE_CAP'];
    expect(answerForClient({ ...of, state: 'refused', reasons })).toMatch(/above what the rules/);
  });

  it('is the same for every hidden reason', () => {
    const words = ['IN_REVIEW', 'PAST_THE_POLICY', 'SUSPECTED', ''].map((code) =>
      reasonForClient([code]),
    );
    expect(new Set(words).size).toBe(1);
    expect(reasonsForClient(['IN_REVIEW', 'SAME_TYPE'])).toEqual(['SAME_TYPE']);
  });

  it('is the same for every review', () => {
    const words = [['IN_REVIEW'], ['OPEN_POSITIONS'], []].map((reasons) =>
      answerForClient({ ...of, state: 'in_review', reasons }),
    );
    expect(new Set(words).size).toBe(1);
  });

  it('says what the holder has to do', () => {
    const close = { ask: { kind: 'close' } as const, reasons: [], state: 'working' as const };
    expect(answerForClient({ ...close, look: { openPositions: 1 } })).toMatch(/1 is open/);
    expect(answerForClient({ ...close, look: { openPositions: 3 } })).toMatch(/3 are open/);
    expect(answerForClient({ ...close, look: null })).toBe('It is being done.');
  });

  it('says from when on a lower leverage holds', () => {
    const noticed = { ...of, state: 'working' as const, notBefore: '2026-01-05T00:00:00.000Z' };
    expect(answerForClient(noticed)).toMatch(/becomes 1:50 on 2026-01-05/);
    expect(answerForClient({ ...noticed, notBefore: null })).toBe('It is being done.');
  });

  it('says that no new positions can be opened, where they cannot', () => {
    const moving = {
      ...of,
      ask: { kind: 'migrate', platform: 'mt4' } as const,
      state: 'working' as const,
      look: { openPositions: 1 },
    };
    expect(answerForClient({ ...moving, restraint: { by: 'login' } })).toMatch(/cannot be opened/);
    expect(answerForClient({ ...moving, restraint: { by: 'watch' } })).not.toMatch(/cannot/);
  });

  it('has an end for every kind', () => {
    const asks = {
      set_password: {},
      change_leverage: { leverage: 1 },
      change_type: { accountType: 'pro' },
      move_group: { group: 'g' },
      migrate: { platform: 'mt4' },
      close: {},
      override: { leverage: 1 },
    };
    for (const kind of accountRequestKinds) {
      const text = answerForClient({
        ...of,
        ask: { ...asks[kind], kind } as never,
        state: 'done',
      });
      expect(text).toMatch(/\.$/);
    }
  });
});

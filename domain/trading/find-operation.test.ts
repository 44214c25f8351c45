import fc from 'fast-check';
import { type Deal, nothingTraded } from './deal';
import { findOperation } from './find-operation';
import { safePrefixLength, tokenOf } from './token';

const token = tokenOf('int_wanted');
const sought = { login: '100001', token, amountMinor: 25_000n };

function balanceDeal(change: Partial<Deal> = {}): Deal {
  return {
    ...nothingTraded,
    server: 'srv',
    ticket: '1',
    login: '100001',
    kind: 'balance',
    profitMinor: 25_000n,
    currency: 'USD',
    time: '2026-01-01T00:00:00.000Z',
    serverTimeMsc: 1,
    comment: token,
    raw: {},
    ...change,
  };
}

describe('looking for a balance operation', () => {
  it('finds the one deal with the token and the amount', () => {
    expect(findOperation([balanceDeal()], sought)).toMatchObject({
      kind: 'found',
      ticket: '1',
      amount: { amountMinor: 25_000n, currency: 'USD' },
      cut: false,
    });
  });

  it('finds a cut comment that is long enough, and says that it was cut', () => {
    const comment = token.slice(0, safePrefixLength);
    expect(findOperation([balanceDeal({ comment })], sought)).toMatchObject({
      kind: 'found',
      cut: true,
    });
  });

  it('calls a comment cut too short ambiguous, and an empty one too', () => {
    for (const comment of [token.slice(0, safePrefixLength - 1), 'K', '']) {
      expect(findOperation([balanceDeal({ comment })], sought)).toMatchObject({
        kind: 'ambiguous',
        tickets: ['1'],
      });
    }
  });

  it('does not mind an empty comment on another amount', () => {
    const other = balanceDeal({ comment: '', profitMinor: 24_999n });
    expect(findOperation([other], sought)).toEqual({ kind: 'absent' });
  });

  it('calls the token on two deals ambiguous: money may have moved twice', () => {
    const deals = [balanceDeal(), balanceDeal({ ticket: '2' })];
    expect(findOperation(deals, sought)).toMatchObject({ kind: 'ambiguous', tickets: ['1', '2'] });
  });

  it('calls the token with another amount ambiguous', () => {
    expect(findOperation([balanceDeal({ profitMinor: -25_000n })], sought)).toMatchObject({
      kind: 'ambiguous',
    });
  });

  it('sees neither other log-ins nor trades', () => {
    const deals = [balanceDeal({ login: '100002' }), balanceDeal({ kind: 'trade' })];
    expect(findOperation(deals, sought)).toEqual({ kind: 'absent' });
  });

  it('finds its own among any others, wherever it stands', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.uuid(), { maxLength: 30 }), fc.nat(), (others, place) => {
        const deals = others.map((id, index) =>
          balanceDeal({ ticket: String(index + 10), comment: tokenOf(`int_${id}`) }),
        );
        expect(findOperation(deals, sought).kind).toBe('absent');
        deals.splice(place % (deals.length + 1), 0, balanceDeal());
        expect(findOperation(deals, sought)).toMatchObject({ kind: 'found', ticket: '1' });
      }),
    );
  });
});

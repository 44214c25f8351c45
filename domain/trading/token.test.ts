import fc from 'fast-check';
import {
  fitsComment,
  isToken,
  matchToken,
  mt5CommentMax,
  safePrefixLength,
  tokenLength,
  tokenOf,
  tokensIn,
} from './token';

const operationId = fc.uuid().map((uuid) => `int_${uuid}`);

describe('operation token', () => {
  it('is the same for the same operation, for ever', () => {
    expect(tokenOf('int_01900000-0000-7000-8000-000000000001')).toBe('KZ0NYRYWENQZE0JC618048');
  });

  it('fits the comment of MT5 and is a whole token', () => {
    fc.assert(
      fc.property(operationId, (id) => {
        const token = tokenOf(id);
        expect(token).toHaveLength(tokenLength);
        expect(isToken(token)).toBe(true);
        expect(fitsComment(token, mt5CommentMax)).toBe(true);
        expect(fitsComment(token, tokenLength - 1)).toBe(false);
      }),
    );
  });

  it('differs between operations, and so does its safe prefix', () => {
    fc.assert(
      fc.property(fc.uniqueArray(operationId, { minLength: 50, maxLength: 200 }), (ids) => {
        const tokens = ids.map(tokenOf);
        expect(new Set(tokens).size).toBe(ids.length);
        expect(new Set(tokens.map((token) => token.slice(0, safePrefixLength))).size).toBe(
          ids.length,
        );
      }),
      { numRuns: 20 },
    );
  });

  it('is found in whatever a dealer writes around it', () => {
    fc.assert(
      fc.property(operationId, fc.string(), fc.string(), (id, before, after) => {
        const token = tokenOf(id);
        expect(tokensIn(`${before} ${token} ${after}`)).toContain(token);
        expect(matchToken(`${before} ${token} ${after}`, token)).toBe('whole');
      }),
    );
  });

  it('is not read out of a token with one letter changed', () => {
    fc.assert(
      fc.property(operationId, fc.integer({ min: 1, max: 20 }), (id, at) => {
        const token = tokenOf(id);
        const other = token.charAt(at) === '3' ? '4' : '3';
        const changed = token.slice(0, at) + other + token.slice(at + 1);
        expect(tokensIn(changed)).toEqual([]);
        expect(matchToken(changed, token)).toBe('none');
      }),
    );
  });

  it('survives a cut down to the safe length and is doubtful below it', () => {
    fc.assert(
      fc.property(operationId, fc.integer({ min: 0, max: tokenLength - 1 }), (id, kept) => {
        const token = tokenOf(id);
        expect(matchToken(token.slice(0, kept), token)).toBe(
          kept >= safePrefixLength ? 'safe_prefix' : 'short_prefix',
        );
      }),
    );
  });

  it('does not match the comment of somebody else', () => {
    const token = tokenOf('int_a');
    for (const comment of ['Deposit', 'KEELSON', tokenOf('int_b'), tokenOf('int_b').slice(0, 14)]) {
      expect(matchToken(comment, token)).toBe('none');
    }
  });
});

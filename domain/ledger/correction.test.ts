import { house, wallet } from './account';
import { accountRefusal, correctionPosting, isReversible, reversalPosting } from './correction';

const of = { entityId: 'cy', clientId: 'cl_1', currency: 'EUR' };
const purse = wallet(of);
const byHand = { id: 'cor_1', effectiveAt: null, reasonCode: 'GOODWILL' } as const;
const amounts = (legs: ReturnType<typeof correctionPosting>['legs']) =>
  legs.map(({ account, amountMinor }) => [account.id, amountMinor]);

describe('a movement by hand', () => {
  it.each([
    ['correction', 'credit', 'cy/correction/-/EUR', 'cy/wallet/cl_1/EUR'],
    ['correction', 'debit', 'cy/wallet/cl_1/EUR', 'cy/correction/-/EUR'],
    ['fee', 'debit', 'cy/wallet/cl_1/EUR', 'cy/fees/-/EUR'],
  ] as const)(
    'as a %s in %s moves between the account and the house',
    (kind, direction, from, to) => {
      const posting = correctionPosting({
        ...{ ...byHand, kind, direction, account: purse, amountMinor: 500n },
      });
      expect(amounts(posting.legs)).toEqual([
        [from, -500n],
        [to, 500n],
      ]);
      expect(posting).toMatchObject({ kind, key: 'correction/cor_1', cause: 'cor_1' });
      expect(posting.effectiveAt).toBeUndefined();
    },
  );

  it('takes back what was posted, and names it', () => {
    const { legs } = correctionPosting({
      ...{ ...byHand, kind: 'fee', direction: 'debit', account: purse, amountMinor: 500n },
    });
    const back = reversalPosting({
      ...{ ...byHand, id: 'cor_2', entityId: 'cy', clientId: 'cl_1', reversesId: 'ltx_1', legs },
      effectiveAt: '2026-11-27T00:00:00Z',
    });
    expect(amounts(back.legs)).toEqual([
      ['cy/wallet/cl_1/EUR', 500n],
      ['cy/fees/-/EUR', -500n],
    ]);
    expect(back).toMatchObject({
      kind: 'reversal',
      reversesId: 'ltx_1',
      effectiveAt: '2026-11-27T00:00:00Z',
    });
  });

  it.each([
    ['correction', 'trading', /its server/],
    ['correction', 'bonus_credit', /no money/],
    ['correction', 'correction', /other side/],
    ['correction', 'receivable', /chargebacks/],
    ['fee', 'suspense', /from a wallet/],
  ] as const)('as a %s does not touch %s', (kind, code, words) => {
    expect(accountRefusal(kind, code)).toMatch(words);
  });

  it('takes nothing back of which a payment or a deal would say something else', () => {
    const kinds = ['correction', 'fee', 'exchange', 'deposit', 'payout', 'deal_result', 'reversal'];
    expect(kinds.filter(isReversible)).toEqual(['correction', 'fee', 'exchange']);
    expect(accountRefusal('correction', house('suspense', of).code)).toBeNull();
  });
});

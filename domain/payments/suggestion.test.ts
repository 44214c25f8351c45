import { rankSuggestions } from './suggestion';

describe('suggestions of whose money it is', () => {
  it('name each client once, with all that speaks for them, the likeliest first', () => {
    expect(
      rankSuggestions([
        { clientId: 'cl_amount', why: 'AMOUNT' },
        { clientId: 'cl_both', why: 'NAME' },
        { clientId: 'cl_account', why: 'ACCOUNT' },
        { clientId: 'cl_both', why: 'ACCOUNT' },
        { clientId: 'cl_both', why: 'NAME' },
      ]),
    ).toEqual([
      { clientId: 'cl_both', why: ['ACCOUNT', 'NAME'] },
      { clientId: 'cl_account', why: ['ACCOUNT'] },
      { clientId: 'cl_amount', why: ['AMOUNT'] },
    ]);
  });

  it('are five at most', () => {
    const signs = [...'abcdefg'].map((letter) => ({ clientId: letter, why: 'NAME' as const }));
    expect(rankSuggestions(signs).map(({ clientId }) => clientId)).toEqual([...'abcde']);
  });
});

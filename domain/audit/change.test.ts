import { changeOf, changesIn } from './change';

describe('a change', () => {
  it('keeps the fields that differ, with both sides, and nothing else', () => {
    const before = { state: 'approved', level: 2, residence: 'CY', gone: 'x' };
    const after = { state: 'closed', level: 2, residence: 'CY', come: ['a'] };
    expect(changeOf({ before, after })).toEqual({
      state: { before: 'approved', after: 'closed' },
      gone: { before: 'x', after: null },
      come: { before: null, after: ['a'] },
    });
  });

  it('is none where nothing differs', () => {
    expect(changeOf({ before: { a: [1, 2] }, after: { a: [1, 2] } })).toBeUndefined();
  });

  it('is read as lines, also of accounts, which say from and to', () => {
    expect(changesIn({ change: { days: { before: [1], after: [1, 2] } } })).toEqual([
      { field: 'days', before: '[1]', after: '[1,2]' },
    ]);
    expect(
      changesIn({ from: { group: 'a', leverage: 30 }, to: { group: 'a', leverage: 20 } }),
    ).toEqual([{ field: 'leverage', before: '30', after: '20' }]);
    expect(changesIn({ from: 'full', to: 'frozen' })).toEqual([
      { field: 'state', before: 'full', after: 'frozen' },
    ]);
  });

  it.each([[{}], [{ change: 'much' }], [{ from: 'EUR' }], [{ from: 1, to: 2 }]])(
    'is not seen in %j',
    (payload) => {
      expect(changesIn(payload)).toEqual([]);
    },
  );
});

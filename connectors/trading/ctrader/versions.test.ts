import fc from 'fast-check';
import { BalanceVersions, balanceVersionOf, missingVersions } from './versions';

describe('balance versions', () => {
  it('misses nothing when every change was told, in any order and any number of times', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.array(fc.nat()), (present, shuffle) => {
        const told = Array.from({ length: present }, (_, at) => at + 1);
        const again = shuffle.flatMap((at) => told[at % Math.max(1, present)] ?? []);
        expect(missingVersions([...again, ...told.reverse()], present)).toEqual([]);
      }),
    );
  });

  it('names each change that nobody told of', () => {
    expect(missingVersions([1, 2, 4], 5)).toEqual([3, 5]);
    expect(missingVersions([], 2)).toEqual([1, 2]);
    expect(missingVersions([], 1_000_000)).toHaveLength(100);
  });

  it('reads the version of an operation and of a closing deal, and none of an opening one', () => {
    expect(balanceVersionOf({ balanceVersion: '3' })).toBe(3);
    expect(balanceVersionOf({ closePositionDetail: { balanceVersion: '4' } })).toBe(4);
    expect(balanceVersionOf({ dealId: '1' })).toBeNull();
  });

  it('remembers the highest that events told, each trader by itself', () => {
    const versions = new BalanceVersions();
    versions.hear({ depositWithdraw: { traderId: '1', balanceVersion: '5' } });
    versions.hear({ deal: { traderId: '1', closePositionDetail: { balanceVersion: '4' } } });
    versions.hear({ deal: { traderId: '2' } });
    expect([versions.highest('1'), versions.highest('2')]).toEqual([5, 0]);
  });
});

import fc from 'fast-check';
import {
  effectiveShares,
  isBeneficialOwner,
  isVerified,
  missingMembers,
  shareProblems,
  unnamedShare,
  type Member,
  type Share,
} from './ownership';

const person = (id: string, role: Member['role'] = 'beneficial_owner'): Member => ({
  ...{ id, role, kind: 'individual' },
});
const firm = (id: string, role: Member['role'] = 'shareholder'): Member => ({
  ...{ id, role, kind: 'organisation' },
});
const share = (owner: string, owned: string, percent: number): Share => ({
  ...{ owner, owned, basisPoints: Math.round(percent * 100) },
});

const company = firm('co', 'holder');

describe('who owns a company', () => {
  it('is reckoned through layers and by every way', () => {
    const shares = [
      share('hold', 'co', 60),
      share('ann', 'co', 15),
      share('ann', 'hold', 20),
      share('ben', 'hold', 50),
    ];
    const effective = effectiveShares('co', shares);
    expect(effective.get('ann')).toBeCloseTo(0.27);
    expect(effective.get('ben')).toBeCloseTo(0.3);
    expect(isBeneficialOwner(effective.get('ann'))).toBe(true);
    // 25 % of the company, and 30 % of the 60 % above it, belong to nobody who was named.
    const members = [company, firm('hold'), person('ann'), person('ben')];
    expect(unnamedShare('co', members, shares)).toBeCloseTo(0.43);
    expect(missingMembers('co', members, shares)).toEqual(['owners', 'director', 'signatory']);
  });

  it.each([
    [25, true],
    [24.99, false],
  ])('with %d percent is a beneficial owner: %s', (percent, is) => {
    const effective = effectiveShares('co', [share('ann', 'co', percent)]);
    expect(isBeneficialOwner(effective.get('ann'))).toBe(is);
    expect(isVerified(person('ann'), effective)).toBe(is);
    expect(isVerified(person('ann', 'director'), effective)).toBe(true);
  });

  it('and of whom no share is told, is verified when named as its owner, and not as a shareholder', () => {
    expect(isVerified(person('ann'), new Map())).toBe(true);
    expect(isVerified(person('ann', 'shareholder'), new Map())).toBe(false);
  });

  it('is told well enough when less than a quarter is left, whoever may hold it', () => {
    const members = [company, person('ann'), person('dee', 'director'), person('sam', 'signatory')];
    expect(missingMembers('co', members, [share('ann', 'co', 75.01)])).toEqual([]);
    expect(missingMembers('co', members, [share('ann', 'co', 75)])).toEqual(['owners']);
    // Widely held: a company in between of which nobody is named is as good as nobody.
    const between = [...members, firm('hold')];
    expect(missingMembers('co', between, [share('hold', 'co', 100)])).toEqual(['owners']);
  });

  it('cannot be told so', () => {
    const members = [company, firm('a'), firm('b'), person('ann')];
    expect(shareProblems(members, [share('a', 'co', 60), share('ann', 'co', 41)])).toEqual([
      { code: 'shares_over_100', party: 'co' },
    ]);
    const circle = [share('a', 'co', 50), share('b', 'a', 50), share('a', 'b', 50)];
    expect(shareProblems(members, circle).map(({ code }) => code)).toEqual([
      'shares_in_a_circle',
      'shares_in_a_circle',
    ]);
    expect(shareProblems(members, [share('a', 'ann', 10)])).toEqual([
      { code: 'person_is_owned', party: 'ann' },
    ]);
  });

  it('owns in the end as much as there is, with what nobody was named for', () => {
    const layers = fc.array(fc.integer({ min: 1, max: 3_333 }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(layers, layers, layers, (first, second, third) => {
        const firms = ['co', 'one', 'two'];
        const shares = [first, second, third].flatMap((parts, at) =>
          parts.map((basisPoints, place): Share => {
            const next = place === 0 ? firms[at + 1] : undefined;
            return { owner: next ?? `p${at}${place}`, owned: firms[at] ?? '', basisPoints };
          }),
        );
        const members = [company, firm('one'), firm('two')];
        const people = [...effectiveShares('co', shares)].filter(([id]) => id.startsWith('p'));
        const named = people.reduce((sum, [, part]) => sum + part, 0);
        expect(named + unnamedShare('co', members, shares)).toBeCloseTo(1);
      }),
    );
  });
});

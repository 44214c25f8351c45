import { parseMoney } from '../money';
import {
  declaredAmounts,
  isCorroborated,
  missingDeclarations,
  undecidedDeclarations,
  type CountedSource,
  type SourceStanding,
} from './sources';

const wanted = [{ basis: 'funds', papersMin: 1 }] as const;
const source = (state: SourceStanding['state'], papers = 1): SourceStanding => ({
  ...{ basis: 'funds', state, papers },
});

describe('what is declared of money', () => {
  it.each<[string, SourceStanding[], string[], string[]]>([
    ['nothing is there', [], ['funds'], []],
    ['a paper is missing', [source('declared', 0)], ['funds'], ['funds']],
    ['it was declared', [source('declared')], [], ['funds']],
    ['one of two has no paper', [source('declared'), source('declared', 0)], ['funds'], ['funds']],
    ['it was corroborated without a paper', [source('corroborated', 0)], [], []],
    ['one of two is not looked at', [source('corroborated'), source('declared')], [], ['funds']],
    ['it was refused', [source('refused')], ['funds'], []],
    ['it was taken back', [source('withdrawn')], ['funds'], []],
    ['one was refused, another holds', [source('refused'), source('corroborated')], [], []],
    ['the other basis was declared', [{ ...source('declared'), basis: 'wealth' }], ['funds'], []],
  ])('is as it should be when %s', (_, sources, missing, undecided) => {
    expect(missingDeclarations(wanted, sources)).toEqual(missing);
    expect(undecidedDeclarations(wanted, sources)).toEqual(undecided);
  });

  it('is nobody’s concern where no policy asks', () => {
    expect(missingDeclarations([], [])).toEqual([]);
    expect(undecidedDeclarations([], [source('declared')])).toEqual([]);
  });

  it('is proven once all that stands was corroborated', () => {
    expect(isCorroborated('funds', [])).toBe(false);
    expect(isCorroborated('funds', [source('corroborated'), source('declared')])).toBe(false);
    expect(isCorroborated('funds', [source('corroborated'), source('refused')])).toBe(true);
  });

  it('counts by its upper end, and once though it is declared as funds and as wealth', () => {
    const salary: CountedSource = {
      ...{ basis: 'funds', kind: 'salary', per: 'year', narrative: '' },
      ...{ amountFrom: '30000.00', amountTo: '40000.00', currency: 'EUR' },
    };
    const sources: CountedSource[] = [
      salary,
      { ...salary, basis: 'wealth' },
      { ...salary, kind: 'pension', amountTo: '5000.00', currency: 'USD' },
      { ...salary, kind: 'inheritance', per: 'once' },
    ];
    expect(
      declaredAmounts(sources, 'year', (amount, currency) => parseMoney({ amount, currency })),
    ).toEqual([
      { amountMinor: 4_000_000n, currency: 'EUR' },
      { amountMinor: 500_000n, currency: 'USD' },
    ]);
  });
});

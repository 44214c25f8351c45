import { screeningPolicy } from '../policy/defaults/screening';
import { labelledPairs } from './pair-samples';
import { kindOfName, scorePair } from './score-pair';

const threshold = screeningPolicy.base.parameters.reviewScore / 100;
const score = (left: string, right: string): number => scorePair(left, right).score;

describe('scorePair, at the threshold that ships', () => {
  it.each([
    ['Wladimir Poutinsky', 'Vladimir Putinsky'],
    ['Moammar Qadhafy', 'Muammar Gaddafi'],
    ['PUTINSKY, Vadim', 'Vadim Petrovich Putinsky'],
    ['Bob Havelock', 'Robert Havelock'],
    ['V. Ostrevkov', 'Vadim Ostrevkov'],
    ['JanDaniel Bothmar', 'Jan Daniel Bothmar'],
    ['Brigade Forty-Four', 'Brigade 44'],
    ['Open Joint Stock Company Gazmetal', 'OAO Gazmetal'],
    ['First Bank Intl', '1st International Bank'],
    ['ООО Ромашкино', 'Romashkino LLC'],
  ])('takes %s for %s', (left, right) => {
    expect(score(left, right)).toBeGreaterThanOrEqual(threshold);
    expect(score(right, left)).toBeCloseTo(score(left, right), 9);
  });

  it.each([
    ['Rami Makhlouf', 'Hafez Makhlouf'],
    ['Sergey Viktorovich Ostrevkov', 'Sergey Ivanovich Ostrevkov'],
    ['Ibrahim Hassan Al-Mosuli', 'Ibrahim Hassan Al-Tikriti'],
    ['Bank of China (Hong Kong) Limited', 'Bank of China (Singapore) Limited'],
    ['N.N.', 'Nursultan Nazarov'],
    ['Walijan', 'Walijan Abdul Ghafoor Haqqan'],
    // Another first letter and something else; one sound of other letters; small things in a short word.
    ['Samir Nasser', 'Samir Qassar'],
    ['Hasan Sahin', 'Huseyin Sahin'],
    ['Qiang Wang', 'Guoying Wang'],
    ['Jun Liu', 'Jhon Liu'],
  ])('tells %s from %s', (left, right) => {
    expect(score(left, right)).toBeLessThan(threshold);
  });

  it('says of each pair of words why they were taken for one', () => {
    const { parts } = scorePair('Bob Yusef Ostrevkov', 'Robert Youssef Ostrevkof');
    expect(parts.map(({ subject, by }) => [subject, by])).toEqual(
      expect.arrayContaining([
        ['bob', 'given name'],
        ['ostrevkov', 'letters'],
      ]),
    );
  });

  it('reads a legal form, a number or such a word as an organisation', () => {
    expect(
      ['Qeshmara Lines Ltd.', 'Brigade 313', 'Bank Melodia', 'Ana Torres'].map(kindOfName),
    ).toEqual(['organisation', 'organisation', 'organisation', 'individual']);
  });

  it('reaches an F1 of 0.80 on pairs of invented people', () => {
    const pairs = labelledPairs(2000, 17);
    let [hits, falseHits, missed] = [0, 0, 0];
    for (const { left, right, isSame } of pairs) {
      const isHit = score(left, right) >= threshold;
      if (isHit && isSame) hits += 1;
      else if (isHit) falseHits += 1;
      else if (isSame) missed += 1;
    }
    expect(pairs).toHaveLength(2000);
    expect((2 * hits) / (2 * hits + falseHits + missed)).toBeGreaterThanOrEqual(0.8);
  });
});

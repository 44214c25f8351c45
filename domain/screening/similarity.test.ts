import fc from 'fast-check';
import { compareNames } from './align';
import { rarityOfWord } from './common-words';
import { nameForm } from './name-form';
import { tokenSimilarity } from './similarity';

const word = fc.stringMatching(/^[a-z]{1,12}$/);
const person = fc
  .array(fc.stringMatching(/^[a-z]{2,9}$/), { minLength: 1, maxLength: 5 })
  .map((words) => words.join(' '));

describe('tokenSimilarity', () => {
  it('is symmetric, between 0 and 1, and 1 for the same word only', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        const similarity = tokenSimilarity(a, b);
        expect(similarity).toBeCloseTo(tokenSimilarity(b, a), 10);
        expect(similarity).toBeGreaterThanOrEqual(0);
        expect(similarity).toBeLessThanOrEqual(1);
        expect(similarity === 1).toBe(a === b);
      }),
    );
  });

  it('forgives a spelling habit more than a wrong letter, and short words nothing', () => {
    expect(tokenSimilarity('mohamed', 'muhammad')).toBeGreaterThan(0.8);
    expect(tokenSimilarity('torres', 'torrez')).toBeGreaterThan(
      tokenSimilarity('torres', 'torret'),
    );
    expect(tokenSimilarity('mei', 'wei')).toBe(0);
    expect(tokenSimilarity('walid', 'ali')).toBe(0);
  });
});

describe('compareNames', () => {
  const score = (a: string, b: string): number =>
    compareNames(nameForm(a, 'individual'), nameForm(b, 'individual')).score;

  it('does not care about the order of words, case, accents or punctuation', () => {
    expect(score('Ana Leonor Torres', 'TORRES, Ána-Leonor')).toBeCloseTo(1, 10);
  });

  it('is 1 for the same words, whatever they are', () => {
    fc.assert(fc.property(person, (name) => expect(score(name, name)).toBeCloseTo(1, 6)));
  });

  it('never reaches 1 for a name that is only part of the other', () => {
    fc.assert(
      fc.property(person, fc.stringMatching(/^[a-z]{3,9}$/), (name, more) => {
        expect(score(name, `${name} ${more}`)).toBeLessThan(0.999);
      }),
    );
    const common = (name: string) => nameForm(name, 'individual', rarityOfWord);
    expect(compareNames(common('Juan Garcia'), common('Juan Garcia Rojas')).score).toBeLessThan(
      0.8,
    );
  });

  it('pairs two words with one that was run together', () => {
    expect(score('Abdulrahman Ghamdi', 'Abdul Rahman Ghamdi')).toBeGreaterThan(0.95);
    expect(score('Abdul Rahman Ghamdi', 'Abdulrahman Ghamdi')).toBeGreaterThan(0.95);
  });

  it('explains itself: the pairs, their likeness, and what is left over', () => {
    const result = compareNames(
      nameForm('Milan Ostrevkov', 'individual'),
      nameForm('OSTREVKO, Milan Gradimir', 'individual'),
    );
    expect(result.parts.map(({ subject, listed }) => [subject, listed])).toEqual([
      ['ostrevkov', 'ostrevko'],
      ['milan', 'milan'],
    ]);
    expect(result.listedLeftOver).toEqual(['gradimir']);
    expect(result.subjectLeftOver).toEqual([]);
  });

  it('takes legal forms for what they mean', () => {
    const company = (a: string, b: string): number =>
      compareNames(nameForm(a, 'organisation'), nameForm(b, 'organisation')).score;
    expect(company('Qeshmara Lines Ltd.', 'QESHMARA LINES LIMITED')).toBeCloseTo(1, 10);
    expect(company('Qeshmara Lines S.A.', 'QESHMARA LINES Limted')).toBeGreaterThan(0.9);
    expect(company('Blue Sky Limited', 'Red Earth Limited')).toBeLessThan(0.2);
  });
});

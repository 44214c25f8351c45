import fc from 'fast-check';
import { namesMatch } from '../kyc/name-match';
import { declaredName } from './declared-name';

const zone = (surname: string, givenNames: string) => ({
  surname,
  givenNames,
  nameMayBeCut: false,
});

describe('a name registered in one line', () => {
  it.each([
    ['Anna Maria Eriksson', 'ERIKSSON', 'ANNA MARIA'],
    ['Eriksson Anna', 'ERIKSSON', 'ANNA MARIA'],
    ['Gabriel García Márquez', 'GARCIA MARQUEZ', 'GABRIEL'],
    ['Jürgen Müller', 'MUELLER', 'JUERGEN'],
    ["Sinéad O'Brien-Walsh", 'OBRIEN WALSH', 'SINEAD'],
  ])('is cut where the document cuts it: %s', (name, surname, given) => {
    const document = zone(surname, given);
    expect(namesMatch(declaredName(name, document), document)).toBe(true);
  });

  it.each([
    ['Anna Svensson', 'ERIKSSON', 'ANNA MARIA'],
    ['Anna Eriksson', 'ERIKSSON', 'BERIT'],
    ['Eriksson', 'ERIKSSON', 'ANNA'],
  ])('does not match what is another name: %s', (name, surname, given) => {
    const document = zone(surname, given);
    expect(namesMatch(declaredName(name, document), document)).toBe(false);
  });

  it('loses no word, wherever it is cut', () => {
    const word = fc.stringMatching(/^[a-z]{1,8}$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), (words) => {
        const { givenNames, familyName } = declaredName(words.join(' '), null);
        const cut = `${givenNames} ${familyName}`.trim().split(' ');
        expect([...cut].sort()).toEqual([...words].sort());
      }),
    );
  });
});

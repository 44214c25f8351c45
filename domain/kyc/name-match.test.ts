import { namesMatch } from './name-match';

function match(
  [givenNames, familyName]: [string, string],
  [given, surname]: [string, string],
  nameMayBeCut = false,
): boolean {
  return namesMatch({ givenNames, familyName }, { givenNames: given, surname, nameMayBeCut });
}

describe('namesMatch', () => {
  it.each<[[string, string], [string, string]]>([
    [
      ['Anna', 'Eriksson'],
      ['ANNA MARIA', 'ERIKSSON'],
    ],
    [
      ['Jürgen', 'Müller'],
      ['JUERGEN', 'MUELLER'],
    ],
    [
      ['Jürgen', 'Müller'],
      ['JURGEN', 'MULLER'],
    ],
    [
      ['Søren', 'Åkesson'],
      ['SOEREN', 'AAKESSON'],
    ],
    [
      ['Conor', "O'Brien"],
      ['CONOR', 'O BRIEN'],
    ],
    [
      ['Marie-Claire', 'Dupont'],
      ['MARIE CLAIRE JEANNE', 'DUPONT'],
    ],
    [
      ['María', 'García'],
      ['MARIA', 'GARCIA LOPEZ'],
    ],
    [
      ['Юрий', 'Гагарин'],
      ['IURII', 'GAGARIN'],
    ],
  ])('%j is %j', (declared, document) => {
    expect(match(declared, document)).toBe(true);
  });

  it.each<[[string, string], [string, string]]>([
    [
      ['Anna', 'Eriksson'],
      ['EVA', 'ERIKSSON'],
    ],
    [
      ['Anna', 'Eriksson'],
      ['ANNA', 'ERIKSEN'],
    ],
    [
      ['Anna Maria', 'Eriksson'],
      ['ANNA', 'ERIKSSON'],
    ],
    [
      ['Eriksson', 'Anna'],
      ['ANNA', 'ERIKSSON'],
    ],
    [
      ['Anna', ''],
      ['ANNA', 'ERIKSSON'],
    ],
  ])('%j is not %j', (declared, document) => {
    expect(match(declared, document)).toBe(false);
  });

  it('takes a cut word for the whole only where the field was full', () => {
    const declared: [string, string] = ['Konstantina', 'Papadimitrakopoulou'];
    const printed: [string, string] = ['KONSTANTI', 'PAPADIMITRAKOPOULOU'];
    expect(match(declared, printed, true)).toBe(true);
    expect(match(declared, printed, false)).toBe(false);
  });
});

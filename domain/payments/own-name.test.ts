import { ownName, type OwnName } from './own-name';

describe('an account in the client’s own name', () => {
  const cases: readonly (readonly [OwnName, string, string, string])[] = [
    ['own', 'the same name', 'Anna Schmidt', 'Anna Schmidt'],
    ['own', 'family name first', 'SCHMIDT ANNA', 'Anna Schmidt'],
    ['own', 'with a comma and a title', 'Schmidt, Dr. Anna', 'Anna Schmidt'],
    ['own', 'without accents', 'Jose Munoz', 'José Muñoz'],
    ['own', 'as ICAO spells it', 'JUERGEN MUELLER', 'Jürgen Müller'],
    ['own', 'a further given name', 'Anna Maria Schmidt', 'Anna Schmidt'],
    ['own', 'one given name of two', 'Anna Schmidt', 'Anna Maria Schmidt'],
    ['own', 'an apostrophe', "Sinead O'Brien", 'Sinéad OBrien'],
    ['own', 'words run together', 'Maria Delacruz', 'Maria de la Cruz'],
    ['own', 'of another script', 'Иванова Анна', 'Анна Иванова'],
    ['own', 'a company by another spelling of its form', 'Nordlicht Limited', 'Nordlicht Ltd'],
    ['own', 'a name with “y” in it', 'José Ortega y Gasset', 'Jose Ortega y Gasset'],
    ['unclear', 'an initial', 'A. Schmidt', 'Anna Schmidt'],
    ['unclear', 'a family name alone', 'Schmidt', 'Anna Schmidt'],
    ['unclear', 'a name that was cut', 'Alexandra Papadopou', 'Alexandra Papadopoulou'],
    ['unclear', 'a slip of the pen', 'Anna Schmitd', 'Anna Schmidt'],
    ['unclear', 'a joint account', 'Anna Schmidt & Peter Schmidt', 'Anna Schmidt'],
    ['unclear', 'a joint account with one family name', 'Peter und Anna Schmidt', 'Anna Schmidt'],
    ['unclear', 'no name', '', 'Anna Schmidt'],
    ['other', 'somebody of the family', 'Peter Schmidt', 'Anna Schmidt'],
    ['other', 'somebody else', 'Viktor Orlov', 'Anna Schmidt'],
    ['other', 'a company that bears the name', 'Anna Schmidt GmbH', 'Anna Schmidt'],
    ['other', 'a company with a partner', 'Schmidt & Sons Ltd', 'Anna Schmidt'],
    ['other', 'another company', 'Suedlicht Ltd', 'Nordlicht Ltd'],
    ['other', 'a company of another form', 'Nordlicht GmbH', 'Nordlicht Ltd'],
  ];

  it.each(cases)('is %s: %s', (verdict, _what, payer, holder) => {
    expect(ownName(payer, [holder])).toBe(verdict);
  });

  it('is any holder’s of a joint contract', () => {
    expect(ownName('Peter Schmidt', ['Anna Schmidt', 'Peter Schmidt'])).toBe('own');
    expect(ownName('Anna Schmidt', [])).toBe('other');
  });

  it('is the account that all holders of the contract have together, and none that a stranger has, too', () => {
    const both = ['Anna Schmidt', 'Peter Schmidt'];
    expect(ownName('Anna Schmidt & Peter Schmidt', both)).toBe('own');
    expect(ownName('Peter Schmidt / Anna Schmidt', both)).toBe('own');
    expect(ownName('Anna Schmidt & Viktor Orlov', both)).toBe('unclear');
    expect(ownName('Peter und Anna Schmidt', both)).toBe('unclear');
    expect(ownName('Anna & Peter Schmidt GmbH', both)).toBe('other');
  });
});

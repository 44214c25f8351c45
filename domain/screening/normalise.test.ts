import { hasLatinLetters, hasNonLatinLetters, normaliseName } from './normalise';

describe('normaliseName', () => {
  it.each([
    ["AL-SA'ADI, Nassim", ['al', 'saadi', 'nassim']],
    ['Brigade 313', ['brigade', '313']],
    ['Müller-Łukasz', ['muller', 'lukasz']],
    ['Ｊｏｓé  Ｍａｒíａ', ['jose', 'maria']],
    ['Иван Петров', ['ivan', 'petrov']],
    ['Ελένη', ['eleni']],
    ['J. R. "Bob" Dobbs', ['j', 'r', 'bob', 'dobbs']],
    ['...', []],
  ])('of %s', (name, tokens) => {
    expect(normaliseName(name).tokens).toEqual(tokens);
  });

  it('says whether letters were romanised', () => {
    expect(normaliseName('José').romanised).toBe(false);
    expect(normaliseName('محمد').romanised).toBe(true);
    expect(hasNonLatinLetters('Anna 安娜')).toBe(true);
    expect(hasLatinLetters('安娜')).toBe(false);
  });
});

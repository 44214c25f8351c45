import { namesMatch, type DeclaredName, type DocumentName } from '../kyc/name-match';

const wordsMax = 12;

/**
 * A name registered in one line, cut where the document cuts it: people write the family name first or last,
 * and it may have several words. Where nothing fits, the last word counts as the family name.
 */
export function declaredName(name: string, document: DocumentName | null): DeclaredName {
  const words = name.trim().split(/\s+/).slice(0, wordsMax);
  const part = (from: number, to: number) => words.slice(from, to).join(' ');
  const end = words.length;
  const cuts = words.slice(1).flatMap((_word, index): DeclaredName[] => {
    const at = end - 1 - index;
    return [
      { givenNames: part(0, at), familyName: part(at, end) },
      { givenNames: part(end - at, end), familyName: part(0, end - at) },
    ];
  });
  const [usual] = cuts;
  const alone = { givenNames: '', familyName: name.trim() };
  if (document === null) return usual ?? alone;
  return [...cuts, alone].find((cut) => namesMatch(cut, document)) ?? usual ?? alone;
}

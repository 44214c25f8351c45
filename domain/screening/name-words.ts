import { normaliseName } from './normalise';
import { withFormsJoined } from './organisation-suffixes';

const numberWords: ReadonlyMap<string, number> = new Map(
  (
    'one 1 two 2 three 3 four 4 five 5 six 6 seven 7 eight 8 nine 9 ten 10 eleven 11 twelve 12 first 1 second 2 third 3 fourth 4 ' +
    'fifth 5 sixth 6 seventh 7 eighth 8 ninth 9 tenth 10 ii 2 iii 3 iv 4 vi 6 vii 7 viii 8 ix 9 xi 11 xii 12 xiii 13 xiv 14'
  )
    .split(' ')
    .flatMap((word, at, all) => (at % 2 === 0 ? [[word, Number(all[at + 1])] as const] : [])),
);
const tens: ReadonlyMap<string, number> = new Map(
  Object.entries({
    twenty: 20,
    thirty: 30,
    forty: 40,
    fourty: 40,
    fifty: 50,
    sixty: 60,
    seventy: 70,
    eighty: 80,
    ninety: 90,
  }),
);
const abbreviations: ReadonlyMap<string, string> = new Map(
  Object.entries({
    intl: 'international',
    int: 'international',
    natl: 'national',
    govt: 'government',
    dept: 'department',
    univ: 'university',
    mfg: 'manufacturing',
    assn: 'association',
    bros: 'brothers',
    eng: 'engineering',
    tech: 'technology',
    org: 'organization',
    ind: 'industries',
  }),
);
const letterForDigit: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '5': 's',
  '9': 'g',
};

/** The words of a person's name; "J.-C." and "JC" are two initials, a digit within a word the letter it stands for. */
export function personWords(name: string): string[] {
  return normaliseName(name).tokens.map((word) =>
    /^[a-z]+\d[a-z0-9]*$/.test(word)
      ? word.replace(/[01359]/g, (digit) => letterForDigit[digit] ?? digit)
      : word,
  );
}

/**
 * The words of an organisation's name: legal forms of several words as one, "S.A." as "sa", numbers in
 * digits however they are written ("Forty-Four", "1st", "II"), common abbreviations in full.
 */
export function organisationWords(name: string): string[] {
  const words = joinedInitials(normaliseName(name).tokens).map((word) => {
    const ordinal = /^(\d+)(?:st|nd|rd|th)$/.exec(word)?.[1];
    if (ordinal !== undefined) return ordinal;
    return abbreviations.get(word) ?? String(numberWords.get(word) ?? word);
  });
  return withFormsJoined(withTensJoined(words));
}

function withTensJoined(words: readonly string[]): string[] {
  const joined: string[] = [];
  for (const word of words) {
    const before = tens.get(joined.at(-1) ?? '');
    if (before !== undefined && /^[1-9]$/.test(word)) {
      joined[joined.length - 1] = String(before + Number(word));
    } else joined.push(word);
  }
  return joined.map((word) => String(tens.get(word) ?? word));
}

/** "S.A. de C.V." has become s, a, de, c, v: runs of two or more single letters are one word again. */
function joinedInitials(words: readonly string[]): string[] {
  const joined: string[] = [];
  let run = '';
  const flush = (): void => {
    if (run !== '') joined.push(run);
    run = '';
  };
  for (const word of words) {
    if (/^[a-z]$/.test(word)) {
      run += word;
      continue;
    }
    flush();
    joined.push(word);
  }
  flush();
  return joined;
}

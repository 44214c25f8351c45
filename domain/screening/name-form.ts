import { normaliseName } from './normalise';
import { legalForm } from './organisation-suffixes';

/** A word of a name and how much it says. */
export interface NameToken {
  readonly text: string;
  /** As written: differs from `text` where a legal form stands for its spellings. */
  readonly word: string;
  readonly weight: number;
}

/** A word, or two neighbours run into one. */
export interface NameUnit {
  readonly text: string;
  /** Position of its first word. */
  readonly first: number;
  readonly count: 1 | 2;
  readonly weight: number;
}

/** A name made ready for comparison. */
export interface NameForm {
  readonly tokens: readonly NameToken[];
  readonly units: readonly NameUnit[];
  readonly weight: number;
}

/** Particles and titles: "Abd al-Rahman bin …", "Sheikh". They say little about who it is. */
const particles = new Set(
  (
    'al el ul bin ben ibn bint bani abu abou umm de del della di da das dos do la las le los y e i van von der den ter ' +
    'zu zum the of and et und st san santa mr mrs ms dr sheikh shaykh sheik haji hajji mullah maulavi mawlawi sayyid sayed ' +
    'syed hafiz qari general gen col colonel maj capt jr sr ii iii'
  ).split(' '),
);

const particleWeight = 0.8;
const legalFormWeight = 0.6;
const initialWeight = 0.8;
const lengthFull = 7;
const tokensMax = 16;

/**
 * Tokens with weights: long words weigh more, particles and legal forms little. `rarity` (0 common …
 * 1 rare) lets a common given name say less than a rare surname.
 */
export function nameForm(
  name: string,
  kind: 'individual' | 'organisation',
  rarity: (token: string) => number = () => 1,
): NameForm {
  const words = joinedInitials(normaliseName(name).tokens).slice(0, tokensMax);
  const tokens = words.map((word): NameToken => {
    const form = kind === 'organisation' ? legalForm(word) : null;
    if (form !== null) return { text: form, word, weight: legalFormWeight };
    if (particles.has(word)) return { text: word, word, weight: particleWeight };
    if (word.length === 1) return { text: word, word, weight: initialWeight };
    const length = Math.min(word.length, lengthFull);
    return { text: word, word, weight: length * (0.75 + 0.25 * rarity(word)) };
  });
  return {
    tokens,
    units: unitsOf(tokens),
    weight: tokens.reduce((sum, token) => sum + token.weight, 0),
  };
}

function unitsOf(tokens: readonly NameToken[]): NameUnit[] {
  const single = tokens.map(({ text, weight }, first): NameUnit => ({
    text,
    first,
    count: 1,
    weight,
  }));
  const pairs = tokens.flatMap((token, first): NameUnit[] => {
    const next = tokens[first + 1];
    return next === undefined
      ? []
      : [{ text: token.word + next.word, first, count: 2, weight: token.weight + next.weight }];
  });
  return [...single, ...pairs];
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

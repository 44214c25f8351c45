import { organisationWords, personWords } from './name-words';
import { legalForm } from './organisation-suffixes';
import { type Word, wordOf } from './word-likeness';

/** A word of a name and how much it says. */
export interface NameToken {
  readonly text: string;
  /** As written: differs from `text` where a legal form stands for its spellings. */
  readonly word: string;
  readonly weight: number;
  /** A word that very many bear says little: 0 common … 1 rare. */
  readonly rarity: number;
  /** Particles, titles, legal forms, numbers and initials: they support a match and never make one. */
  readonly isLight: boolean;
}

/** A word, or two neighbours run into one. */
export interface NameUnit {
  readonly text: string;
  readonly comparable: Word;
  /** Position of its first word. */
  readonly first: number;
  readonly count: 1 | 2;
  readonly weight: number;
  readonly rarity: number;
  readonly isLight: boolean;
}

/** A name made ready for comparison. */
export interface NameForm {
  readonly tokens: readonly NameToken[];
  readonly units: readonly NameUnit[];
  /** All words run together, to know a name divided in other places. */
  readonly run: string;
  readonly weight: number;
}

/** Particles and titles: "Abd al-Rahman bin …", "Sheikh". They say little about who it is. */
const particles = new Set(
  (
    'al el ul ad as bin ben ibn bint bani abu abou umm de del della di da das dos do la las le los y e i van von der den ter ' +
    'zu zum the of and et und st san santa mr mrs ms dr sir lord monsieur president prasident prof professor eng engineer ' +
    'sheikh shaykh shaikh sheik haji hajji hajj mullah maulavi mawlawi sayyid sayed ' +
    'syed hafiz qari general gen col colonel maj major capt captain lt jr sr ii iii mv mt ss na'
  ).split(' '),
);

export const weights = { particle: 0.8, legalForm: 0.6, initial: 0.8, number: 2 };
/** No word weighs more: seven letters say as much as twenty. */
export const wordWeightMax = 7;
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
  const words = kind === 'organisation' ? organisationWords(name) : personWords(name);
  const tokens = words.slice(0, tokensMax).map((word): NameToken => {
    const light = (text: string, weight: number): NameToken => ({
      text,
      word,
      weight,
      rarity: 0,
      isLight: true,
    });
    const form = kind === 'organisation' ? legalForm(word) : null;
    if (form !== null) return light(form, weights.legalForm);
    if (particles.has(word)) return light(word, weights.particle);
    if (word.length === 1) return light(word, weights.initial);
    if (/^\d+$/.test(word)) return light(word, weights.number);
    const length = Math.min(word.length, wordWeightMax);
    const rare = rarity(word);
    return {
      text: word,
      word,
      weight: length * (0.65 + 0.35 * rare),
      rarity: rare,
      isLight: false,
    };
  });
  return {
    tokens,
    units: unitsOf(tokens),
    run: words.join(''),
    weight: tokens.reduce((sum, token) => sum + token.weight, 0),
  };
}

function unitsOf(tokens: readonly NameToken[]): NameUnit[] {
  const single = tokens.map(({ text, weight, rarity, isLight }, first): NameUnit => ({
    text,
    comparable: wordOf(text),
    first,
    count: 1,
    weight,
    rarity,
    isLight,
  }));
  const pairs = tokens.flatMap((token, first): NameUnit[] => {
    const next = tokens[first + 1];
    return next === undefined
      ? []
      : [
          {
            text: token.word + next.word,
            comparable: wordOf(token.word + next.word),
            first,
            count: 2,
            weight: token.weight + next.weight,
            rarity: Math.max(token.rarity, next.rarity),
            isLight: token.isLight && next.isLight,
          },
        ];
  });
  return [...single, ...pairs];
}

import { alterations, alterName, randomOf, samplePeople } from './name-samples';

/** Two names and whether they are one person's, as whoever made them meant it. */
export interface LabelledPair {
  readonly left: string;
  readonly right: string;
  readonly isSame: boolean;
  /** How the second was made from the first. */
  readonly made: string;
}

/** Spellings that transliterations choose between. */
const spellings: readonly (readonly [RegExp, string])[] = [
  [/ou/, 'u'],
  [/ey\b/, 'ei'],
  [/\bKh/, 'H'],
  [/sh/, 'ch'],
  [/v/, 'w'],
  [/ks|x/, 'cs'],
  [/Yu/, 'Iu'],
  [/i\b/, 'y'],
  [/aa|a(?=[^aeiou]*ed)/, 'e'],
  [/k/, 'c'],
];
const shortForms: Readonly<Record<string, string>> = {
  James: 'Jim',
  Thomas: 'Tom',
  William: 'Bill',
  Daniel: 'Dan',
  Edward: 'Ted',
  Robert: 'Bob',
  Peter: 'Pete',
  Mikhail: 'Misha',
  Vladimir: 'Volodya',
  Sergey: 'Sergei',
  Alexey: 'Aleksei',
  Mohamed: 'Muhammad',
  Youssef: 'Yusuf',
  Hassan: 'Hasan',
};

/**
 * Pairs of invented people, the same for the same seed: half are one person written in two ways, half are two people
 * who share as much as brothers, cousins and namesakes do.
 */
export function labelledPairs(count: number, seed: number): LabelledPair[] {
  const random = randomOf(seed);
  const people = samplePeople(count * 4, seed + 1).map(({ name }) => name);
  const pick = <T>(items: readonly T[]): T | undefined =>
    items[Math.floor(random() * items.length)];
  const pairs: LabelledPair[] = [];
  for (let at = 0; pairs.length < count && at + 1 < people.length; at += 2) {
    const [left = '', other = ''] = [people[at], people[at + 1]];
    const makers = pairs.length % 2 === 0 ? sameMakers : differentMakers;
    const maker = pick(makers);
    const right = maker?.make(left, other, random) ?? null;
    if (maker === undefined || right === null || right === left) continue;
    pairs.push({ left, right, isSame: makers === sameMakers, made: maker.made });
  }
  return pairs;
}

interface Maker {
  readonly made: string;
  /** Null where the name has nothing of the kind. */
  readonly make: (name: string, other: string, random: () => number) => string | null;
}

const sameMakers: readonly Maker[] = [
  ...alterations.map((alteration): Maker => ({
    made: alteration,
    make: (name, _other, random) => alterName(name, alteration, random),
  })),
  {
    made: 'another transliteration',
    make: (name) => {
      const fitting = spellings.find(([from]) => from.test(name));
      return fitting === undefined ? null : name.replace(fitting[0], fitting[1]);
    },
  },
  {
    made: 'a short form of the given name',
    make: (name) => {
      const [given = '', ...rest] = name.split(' ');
      const short = shortForms[given];
      return short === undefined ? null : [short, ...rest].join(' ');
    },
  },
  {
    made: 'an initial for the given name',
    make: (name) => {
      const [given = '', ...rest] = name.split(' ');
      return `${given.charAt(0)}. ${rest.join(' ')}`;
    },
  },
  {
    made: 'a middle name more',
    make: (name, other) => {
      const [given = '', ...rest] = name.split(' ');
      return [given, other.split(' ')[0] ?? '', ...rest].join(' ');
    },
  },
  { made: 'a title', make: (name) => `Dr. ${name}` },
];

const differentMakers: readonly Maker[] = [
  {
    made: 'a brother or sister',
    make: (name, other) => {
      const [given = '', ...rest] = name.split(' ');
      const another = other.split(' ')[0] ?? '';
      return near(given, another) ? null : [another, ...rest].join(' ');
    },
  },
  {
    made: 'the same given name',
    make: (name, other) => {
      const words = name.split(' ');
      const family = other.split(' ').at(-1) ?? '';
      return near(words.at(-1) ?? '', family) ? null : [...words.slice(0, -1), family].join(' ');
    },
  },
  {
    made: 'a family name that begins alike',
    make: (name) => {
      const words = name.split(' ');
      const family = words.at(-1) ?? '';
      return family.length < 6
        ? null
        : [...words.slice(0, -1), `${family.slice(0, 3)}${endings[family.length % 4] ?? ''}`].join(
            ' ',
          );
    },
  },
  {
    made: 'the same middle name only',
    make: (name, other) => {
      const words = name.split(' ');
      const [given = '', ...rest] = other.split(' ');
      return words.length < 3 || near(given, words[0] ?? '')
        ? null
        : [given, words[1] ?? '', rest.at(-1) ?? ''].join(' ');
    },
  },
  { made: 'somebody else', make: (name, other) => (near(name, other) ? null : other) },
];
const endings = ['ombrelli', 'uvantar', 'ischenko', 'adesholm'];

/** Too near to call two people different by the name. */
function near(left: string, right: string): boolean {
  return left.slice(0, 3).toLowerCase() === right.slice(0, 3).toLowerCase();
}

import { type CivilDate } from './civil-date';
import { type Mrz, mrzCheckDigit, parseMrz } from './mrz';

/**
 * What stands for what when a picture is read: a reader of ordinary print takes one for the other. Only the places of a
 * zone that hold digits alone, or letters alone, are mended so.
 */
const asDigit: Readonly<Record<string, string>> = {
  ...{ O: '0', Q: '0', D: '0', I: '1', L: '1', Z: '2', A: '4', S: '5', G: '6', T: '7', B: '8' },
};
const asLetter: Readonly<Record<string, string>> = {
  ...{ '0': 'O', '1': 'I', '2': 'Z', '4': 'A', '5': 'S', '6': 'G', '7': 'Z', '8': 'B' },
};
/** In a number either may be meant. */
const twins: Readonly<Record<string, string>> = {
  ...{ '0': 'O', O: '0', '1': 'I', I: '1', '2': 'Z', Z: '2', '5': 'S', S: '5' },
  ...{ '7': 'Z', '8': 'B', B: '8', '6': 'G', G: '6' },
};

/** Places of a line: n digits, a letters, f either or `<`, c a check digit, s the sex. */
const second = {
  TD3: 'fffffffffcaaannnnnncsnnnnnncffffffffffffffcc',
  TD2: 'fffffffffcaaannnnnncsnnnnnncfffffffc',
} as const;
const card = {
  first: 'aaaaafffffffffcfffffffffffffff',
  second: 'nnnnnncsnnnnnncaaafffffffffffc',
} as const;

/** Lines of a reading that are looked at, and changes of a number that are tried. */
const linesMax = 60;
const changesMax = 6;

/** A zone that was read of a picture. */
export interface ReadZone {
  readonly text: string;
  readonly mrz: Mrz;
  /** The number fits its check digit only after a change: alone, it proves nothing. */
  readonly isNumberMended: boolean;
}

/**
 * Finds the machine-readable zone among the lines that a reader made of a picture, and mends what such readers mistake.
 * Undefined unless every check digit is right: a zone that is nearly right proves nothing. The name has no check digit;
 * it is worth what the comparison with the registration makes of it.
 */
export function zoneIn(lines: readonly string[], today: CivilDate): ReadZone | undefined {
  const clean = lines
    .slice(-linesMax)
    .map((line) =>
      line
        .toUpperCase()
        .replaceAll('«', '<<')
        .replace(/[^A-Z0-9<]/g, ''),
    )
    .filter((line) => line.length >= 26);
  for (let at = clean.length - 1; at >= 1; at -= 1) {
    for (const { zone, isNumberMended } of candidates(clean.slice(0, at + 1))) {
      const text = zone.join('\n');
      const parsed = parseMrz(text, today);
      if (parsed.ok && parsed.mrz.valid) return { text, mrz: parsed.mrz, isNumberMended };
    }
  }
  return undefined;
}

interface Candidate {
  readonly zone: readonly string[];
  readonly isNumberMended: boolean;
}

/** What the last lines may be: two of a passport or card, or three of a card. */
function candidates(lines: readonly string[]): Candidate[] {
  const [third = '', before = '', last = ''] = [lines.at(-3), lines.at(-2), lines.at(-1)];
  const pairs = (['TD3', 'TD2'] as const).flatMap((format) => {
    const width = second[format].length;
    const [names, data] = [fill(before, width), mend(last, second[format])];
    return names === undefined || data === undefined
      ? []
      : [numberOf(data, 0)].map(({ line, isMended }) => ({
          zone: [names, line],
          isNumberMended: isMended,
        }));
  });
  const [top, middle, names] = [mend(third, card.first), mend(before, card.second), fill(last, 30)];
  const cards =
    top === undefined || middle === undefined || names === undefined
      ? []
      : [numberOf(top, 5)].map(({ line, isMended }) => ({
          zone: [line, middle, names],
          isNumberMended: isMended,
        }));
  return [...pairs, ...cards];
}

/** A line of names: whatever the reader made of the fillers at its end, it ends in fillers. */
function fill(line: string, width: number): string | undefined {
  if (Math.abs(line.length - width) > 6) return undefined;
  const tail = fillersOf(line);
  const names = line
    .slice(0, line.length - tail)
    .replace(/<[KLC](?=<)/g, '<')
    .replace(/<{3,}/g, '<<');
  if (names.length > width) return undefined;
  return names.padEnd(width, '<');
}

/** How many letters at the end of a line are fillers: they are read as K, L or C as well, which may end a name, too. */
function fillersOf(line: string): number {
  const run = /[<KLC]{3,}$/.exec(line)?.[0] ?? '';
  const first = run.indexOf('<');
  return first === 1 || first === 2 ? run.length - first : run.length;
}

/** A line of data by its places; a long run of fillers may have been counted wrongly. */
function mend(line: string, places: string): string | undefined {
  const run = /<[<KLC]{4,}/.exec(line)?.[0];
  const missing = places.length - line.length;
  if (missing !== 0 && (run === undefined || Math.abs(missing) > 6 || run.length + missing < 1))
    return undefined;
  const whole = run === undefined ? line : line.replace(run, '<'.repeat(run.length + missing));
  return [...whole].map((letter, place) => at(letter, places.charAt(place))).join('');
}

function at(letter: string, place: string): string {
  switch (place) {
    case 'n':
    case 'c':
      return asDigit[letter] ?? letter;
    case 'a':
      return asLetter[letter] ?? letter;
    default:
      return letter;
  }
}

/**
 * The line with its document number as read and, where that does not fit its check digit, with the fewest changes that
 * do, if there is one way to make them: where there are several, none of them is known to be right.
 */
function numberOf(
  line: string,
  from: number,
): { readonly line: string; readonly isMended: boolean } {
  const asRead = { line, isMended: false };
  const number = line.slice(from, from + 9);
  const places = [...number].flatMap((letter, place) =>
    twins[letter] === undefined ? [] : [place],
  );
  if (places.length > changesMax) return asRead;
  const fits = (candidate: string) => String(mrzCheckDigit(candidate)) === line.charAt(from + 9);
  if (fits(number)) return asRead;
  const tried = Array.from({ length: 2 ** places.length }, (_none, set) => set)
    .map((set) => places.filter((_place, bit) => (set >> bit) % 2 === 1))
    .sort((a, b) => a.length - b.length);
  let fewest: number | undefined;
  const found: string[] = [];
  for (const changed of tried) {
    if (fewest !== undefined && changed.length > fewest) break;
    const candidate = [...number]
      .map((letter, place) => (changed.includes(place) ? (twins[letter] ?? letter) : letter))
      .join('');
    if (!fits(candidate)) continue;
    fewest = changed.length;
    found.push(candidate);
  }
  const [only, another] = found;
  if (only === undefined || another !== undefined) return asRead;
  return { line: line.slice(0, from) + only + line.slice(from + 9), isMended: true };
}

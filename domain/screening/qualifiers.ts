import { daysBetween } from '../kyc/civil-date';
import { type DateRange, type ListedEntry, type ScreeningSubject } from './entry';

export type QualifierVerdict = 'agrees' | 'near' | 'disagrees' | 'unknown';

/** What is known besides the name, and what it does to the score. */
export interface Qualifier {
  readonly kind: 'id number' | 'date of birth' | 'nationality' | 'gender';
  readonly verdict: QualifierVerdict;
}

/** How much of the gap to 1 an agreement closes, and how much of the score a disagreement takes. */
const effects: Readonly<Record<Qualifier['kind'], { agrees: number; disagrees: number }>> = {
  // Lists know few documents, and people have several: another number says nothing.
  'id number': { agrees: 0.9, disagrees: 0 },
  'date of birth': { agrees: 0.5, disagrees: 0.2 },
  nationality: { agrees: 0.05, disagrees: 0.02 },
  gender: { agrees: 0, disagrees: 0.08 },
};

/** Compares what both sides know; a name far off is not lifted by a shared birthday. */
export function qualify(
  subject: ScreeningSubject,
  entry: ListedEntry,
  nameScore: number,
): { readonly score: number; readonly qualifiers: readonly Qualifier[] } {
  if (subject.kind === 'organisation')
    return { score: 1 - (1 - nameScore) * organisationGap, qualifiers: [] };
  const qualifiers: readonly Qualifier[] = [
    { kind: 'id number', verdict: idVerdict(subject, entry) },
    { kind: 'date of birth', verdict: birthVerdict(subject, entry) },
    { kind: 'nationality', verdict: nationalityVerdict(subject, entry) },
    { kind: 'gender', verdict: genderVerdict(subject, entry) },
  ];
  let score = nameScore;
  for (const { kind, verdict } of qualifiers) {
    const effect = effects[kind];
    if (verdict === 'agrees' && (nameScore >= liftFrom || kind === 'id number'))
      score += (1 - score) * effect.agrees;
    if (verdict === 'disagrees') score -= effect.disagrees;
  }
  return { score: Math.max(0, Math.min(1, score)), qualifiers };
}

/** A company has no birthday that could lift a misspelt name to the threshold, and fewer namesakes. */
const organisationGap = 0.7;
/** Nothing lifts a name below this. */
export const liftFrom = 0.7;
/** Lists often know a year only, or a wrong day: nearer than this is no disagreement. */
const nearDays = 2 * 366;

/** A document's number as it is compared: letters and digits; too short a number is anybody's. */
export function comparableId(number: string): string | null {
  const comparable = number.toUpperCase().replace(/[^A-Z0-9]/g, '');
  return comparable.length >= idLengthMin ? comparable : null;
}
const idLengthMin = 6;

function idVerdict(subject: ScreeningSubject, entry: ListedEntry): QualifierVerdict {
  const mine = (subject.idNumbers ?? []).flatMap((number) => comparableId(number) ?? []);
  if (mine.length === 0 || entry.idNumbers.length === 0) return 'unknown';
  const theirs = entry.idNumbers.map(comparableId);
  return mine.some((number) => theirs.includes(number)) ? 'agrees' : 'unknown';
}

function birthVerdict(subject: ScreeningSubject, entry: ListedEntry): QualifierVerdict {
  const born = subject.dateOfBirth;
  if (born === null || born === undefined || entry.datesOfBirth.length === 0) return 'unknown';
  const distances = entry.datesOfBirth.map((range) => daysOutside(born, range));
  const nearest = Math.min(...distances);
  if (nearest === 0)
    return entry.datesOfBirth.some((range) => exact(range, born)) ? 'agrees' : 'near';
  return nearest <= nearDays ? 'near' : 'disagrees';
}

/** A day that is exactly the listed one, or lies in a range of a year or less. */
function exact(range: DateRange, born: string): boolean {
  return daysOutside(born, range) === 0 && (daysBetween(range.from, range.to) ?? 0) <= 366;
}

function daysOutside(born: string, range: DateRange): number {
  const before = daysBetween(born, range.from) ?? 0;
  const after = daysBetween(range.to, born) ?? 0;
  return Math.max(0, before, after);
}

function nationalityVerdict(subject: ScreeningSubject, entry: ListedEntry): QualifierVerdict {
  const mine = subject.nationalities ?? [];
  if (mine.length === 0 || entry.nationalities.length === 0) return 'unknown';
  return mine.some((country) => entry.nationalities.includes(country)) ? 'agrees' : 'disagrees';
}

function genderVerdict(subject: ScreeningSubject, entry: ListedEntry): QualifierVerdict {
  const mine = subject.gender ?? null;
  if (mine === null || entry.gender === null) return 'unknown';
  return mine === entry.gender ? 'agrees' : 'disagrees';
}

import { type DateRange, type ListedAlias } from '../../domain/screening/entry';
import { countryByName } from './country-names';

export interface OfacRemarks {
  readonly datesOfBirth: readonly DateRange[];
  readonly nationalities: readonly string[];
  readonly gender: 'F' | 'M' | null;
  readonly weakAliases: readonly ListedAlias[];
  readonly idNumbers: readonly string[];
}

const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');

/**
 * Reads what OFAC keeps in the remarks of an SDN row: "DOB 12 Oct 1961; alt. DOB circa 1963;
 * nationality Iran; citizen Syria; Gender Male; a.k.a. 'NICKNAME'." Anything else is left alone.
 */
export function readRemarks(remarks: string): OfacRemarks {
  const datesOfBirth: DateRange[] = [];
  const nationalities = new Set<string>();
  const weakAliases: ListedAlias[] = [];
  const idNumbers: string[] = [];
  let gender: 'F' | 'M' | null = null;
  for (const part of remarks.split(';')) {
    const text = part.trim().replace(/\.$/, '');
    const [, idNumber] =
      /^(?:alt\. )?(?:Passport|National ID No\.|Tax ID No\.|Identification Number|SSN|Cedula No\.|C\.U\.R\.P\.) (\S+)/i.exec(
        text,
      ) ?? [];
    if (idNumber !== undefined) idNumbers.push(idNumber);
    const [, key = '', value = ''] =
      /^(?:alt\. )?(DOB|nationality|citizen|Gender|[afn]\.k\.a\.) (.+)$/i.exec(text) ?? [];
    switch (key.toLowerCase()) {
      case 'dob': {
        const range = birthRange(value);
        if (range !== null) datesOfBirth.push(range);
        break;
      }
      case 'nationality':
      case 'citizen': {
        const country = countryByName(value);
        if (country !== null) nationalities.add(country);
        break;
      }
      case 'gender':
        gender =
          value.toLowerCase() === 'female' ? 'F' : value.toLowerCase() === 'male' ? 'M' : null;
        break;
      case 'a.k.a.':
      case 'f.k.a.':
      case 'n.k.a.':
        weakAliases.push({ name: value.replace(/^'+|'+$/g, ''), strength: 'weak' });
        break;
    }
  }
  return { datesOfBirth, nationalities: [...nationalities], gender, weakAliases, idNumbers };
}

/** "12 Oct 1961", "Oct 1961", "1961", "circa 1961", "1975 to 1978", "01 Jan 1965 to 31 Dec 1967". */
export function birthRange(text: string): DateRange | null {
  const circa = /^circa\s+/i.test(text);
  const [first = '', second] = text
    .replace(/^circa\s+/i, '')
    .split(/\s+to\s+/i)
    .map((side) => side.replace(/^circa\s+/i, '').trim());
  const from = dateRange(first);
  const to = second === undefined ? from : dateRange(second);
  if (from === null || to === null || to.to < from.from) return null;
  const range = { from: from.from, to: to.to };
  return circa ? { from: yearsAway(range.from, -1), to: yearsAway(range.to, 1) } : range;
}

function dateRange(text: string): DateRange | null {
  const match = /^(?:(?:(\d{1,2}) )?([A-Za-z]{3})[a-z]* )?(\d{4})$/.exec(text);
  if (match === null) return null;
  const [, day, monthName, yearText = ''] = match;
  const year = Number(yearText);
  if (monthName === undefined) return { from: `${yearText}-01-01`, to: `${yearText}-12-31` };
  const month = months.indexOf(monthName.toLowerCase());
  if (month < 0) return null;
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  if (day === undefined) return { from: civil(year, month, 1), to: civil(year, month, last) };
  if (Number(day) < 1 || Number(day) > last) return null;
  const date = civil(year, month, Number(day));
  return { from: date, to: date };
}

function civil(year: number, month: number, day: number): string {
  return new Date(Date.UTC(year, month, day)).toISOString().slice(0, 10);
}

export function yearsAway(date: string, years: number): string {
  return `${String(Number(date.slice(0, 4)) + years)}${date.slice(4)}`.replace('-02-29', '-02-28');
}

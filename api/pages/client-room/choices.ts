import { isCountry } from '../../../domain/kyc/countries';
import {
  nameOfKind,
  type DocumentKind,
  type DocumentKindDefinition,
} from '../../../domain/kyc/document';
import { occupations, type Occupation } from '../../../domain/onboarding/answers';
import type { Slot } from '../../../domain/onboarding/checklist';
import { fundsSources } from '../../../domain/policy/kinds/kyc-risk';

/** An option of the partial `choice`. */
export interface Option {
  readonly value: string;
  readonly label: string;
}

const regionNames = new Intl.DisplayNames(['en'], { type: 'region' });
const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];

/** Every country by its English name. */
export const countryOptions: readonly Option[] = letters
  .flatMap((first) => letters.map((second) => `${first}${second}`))
  .filter(isCountry)
  .map((code) => ({ value: code, label: regionNames.of(code) ?? code }))
  .sort((a, b) => a.label.localeCompare(b.label));

export function countryName(code: string | undefined): string {
  return code === undefined || code === '' ? '' : (regionNames.of(code) ?? code);
}

const occupationLabels: Readonly<Record<Occupation, string>> = {
  employed: 'Employed',
  self_employed: 'Self-employed',
  public_service: 'Public service',
  retired: 'Retired',
  student: 'Student',
  unemployed: 'Not working',
  cash_business: 'Business mainly in cash',
  arms_trade: 'Arms trade',
};

export const occupationOptions: readonly Option[] = occupations.map((value) => ({
  value,
  label: occupationLabels[value],
}));

export const fundsOptions: readonly Option[] = fundsSources.map((value) => ({
  value,
  label: sentence(value),
}));

export const yesNoOptions: readonly Option[] = [
  { value: 'no', label: 'No' },
  { value: 'yes', label: 'Yes' },
];

export const slotLabels: Readonly<Record<Slot, string>> = {
  identity: 'Proof of identity',
  address: 'Proof of address',
  funds: 'Where your money comes from',
  wealth: 'How you came by what you have',
  liveness: 'Selfie',
  ownership: 'Who owns the company',
  authority: 'Who may act for the company',
};

/** The same of a party: whoever acts for a person shows a power, and no resolution. */
export function slotLabelOf({ role }: { readonly role: string }, slot: Slot): string {
  return role === 'attorney' && slot === 'authority' ? 'Power of attorney' : slotLabels[slot];
}

export function kindOptions(
  kinds: readonly DocumentKind[],
  known: readonly DocumentKindDefinition[],
): Option[] {
  return kinds.map((value) => ({ value, label: nameOfKind(known, value) }));
}

/** "passport, identity card or driving licence" */
export function kindsInWords(
  kinds: readonly DocumentKind[],
  known: readonly DocumentKindDefinition[],
): string {
  const labels = kinds.map((kind) => inSentence(nameOfKind(known, kind)));
  const last = labels.at(-1) ?? '';
  return labels.length < 2 ? last : `${labels.slice(0, -1).join(', ')} or ${last}`;
}

/** `Identity card` → `identity card`; a name such as `Emirates ID` stays one. */
function inSentence(name: string): string {
  return /^[A-Z][a-z]+( [a-z]+)*$/.test(name) ? name.toLowerCase() : name;
}

/** `own_business` → `Own business`. */
function sentence(code: string): string {
  const text = code.replaceAll('_', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

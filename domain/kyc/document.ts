/** Code of a kind of document. Those that ship stand here; an officer adds others to the policy `kyc.documents`. */
export type DocumentKind = string;

/** What is known of a kind of document: what the client is asked for with it, and what is checked of it. */
export interface DocumentKindDefinition {
  readonly code: DocumentKind;
  /** As the client reads it. */
  readonly name: string;
  /** Says who somebody is: name, date of birth, age and issuer are compared. */
  readonly identity: boolean;
  /** Carries a machine-readable zone in ICAO 9303. */
  readonly mrz: boolean;
  /** Is not valid for ever. */
  readonly expires: boolean;
  /** How many sides have to be seen; all of them stand in one file. */
  readonly sides: number;
  /** ISO alpha-2 of those who issue it; absent where anybody does. */
  readonly countries?: readonly string[];
  /** No check says anything of it: a person reads it. */
  readonly readByPerson?: boolean;
  /** Days after its issue for which it proves anything; absent where age does not matter. */
  readonly ageDaysMax?: number;
}

/** What an attorney acts by: what it allows, and until when. */
export const powerOfAttorney = 'power_of_attorney';

const proof = { identity: false, mrz: false, expires: false, sides: 1 } as const;
const identity = { identity: true, expires: true } as const;

/** Kinds that ship; which are accepted for what is policy (`kyc.documents`). */
export const shippedDocumentKinds: readonly DocumentKindDefinition[] = [
  { code: 'passport', name: 'Passport', ...identity, mrz: true, sides: 1 },
  { code: 'id_card', name: 'Identity card', ...identity, mrz: true, sides: 2 },
  { code: 'driving_licence', name: 'Driving licence', ...identity, mrz: false, sides: 2 },
  { code: 'residence_permit', name: 'Residence permit', ...identity, mrz: true, sides: 2 },
  { code: 'utility_bill', name: 'Utility bill', ...proof },
  { code: 'bank_statement', name: 'Bank statement', ...proof },
  { code: 'tax_statement', name: 'Tax statement', ...proof },
  { code: 'selfie', name: 'Selfie', ...proof },
  { code: 'source_of_income', name: 'Proof of income', ...proof },
  { code: 'payment_instrument', name: 'Payment card or account', ...proof },
  {
    code: 'company_registration',
    name: 'Extract from the company register',
    ...proof,
    readByPerson: true,
  },
  {
    code: 'register_of_members',
    name: 'Register of members or shareholders',
    ...proof,
    readByPerson: true,
  },
  { code: 'authority_resolution', name: 'Resolution on who may act', ...proof, readByPerson: true },
  {
    code: powerOfAttorney,
    name: 'Power of attorney',
    ...proof,
    expires: true,
    readByPerson: true,
  },
];

export const documentKinds: readonly DocumentKind[] = shippedDocumentKinds.map(({ code }) => code);

/** The kinds that a policy knows: its own stand in the place of those that ship under the same code. */
export function knownKinds(
  own: readonly DocumentKindDefinition[] | undefined,
): readonly DocumentKindDefinition[] {
  const added = own ?? [];
  const codes = new Set(added.map(({ code }) => code));
  return [...shippedDocumentKinds.filter(({ code }) => !codes.has(code)), ...added];
}

/** The kind's name; of a kind that nobody knows any more, its code in words. */
export function nameOfKind(kinds: readonly DocumentKindDefinition[], code: DocumentKind): string {
  const known = [...kinds, ...shippedDocumentKinds].find((kind) => kind.code === code);
  return known?.name ?? code.charAt(0).toUpperCase() + code.slice(1).replaceAll('_', ' ');
}

/** `new` until it is decided; `archived` once a later document took its place. */
export const documentStatuses = ['new', 'approved', 'rejected', 'archived'] as const;
export type DocumentStatus = (typeof documentStatuses)[number];

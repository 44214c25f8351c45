/** Kinds of document a client can bring; which are accepted for what is policy (`kyc.documents`). */
export const documentKinds = [
  'passport',
  'id_card',
  'driving_licence',
  'residence_permit',
  'utility_bill',
  'bank_statement',
  'tax_statement',
  'selfie',
  'source_of_income',
  'payment_instrument',
] as const;
export type DocumentKind = (typeof documentKinds)[number];

export const documentKindLabels: Readonly<Record<DocumentKind, string>> = {
  passport: 'Passport',
  id_card: 'Identity card',
  driving_licence: 'Driving licence',
  residence_permit: 'Residence permit',
  utility_bill: 'Utility bill',
  bank_statement: 'Bank statement',
  tax_statement: 'Tax statement',
  selfie: 'Selfie',
  source_of_income: 'Proof of income',
  payment_instrument: 'Payment card or account',
};

/** `new` until it is decided; `archived` once a later document took its place. */
export const documentStatuses = ['new', 'approved', 'rejected', 'archived'] as const;
export type DocumentStatus = (typeof documentStatuses)[number];

/** Kinds that carry a machine-readable zone in ICAO 9303. */
export const machineReadableKinds: readonly DocumentKind[] = [
  'passport',
  'id_card',
  'residence_permit',
];

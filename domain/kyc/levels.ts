import { type DocumentRequirement } from '../policy/kinds/kyc-documents';

/** How far a client is verified: 0 not at all, then what the policy `kyc.levels` asks for each. */
export const kycLevels = [0, 1, 2, 3] as const;
export type KycLevel = (typeof kycLevels)[number];

export function isKycLevel(value: unknown): value is KycLevel {
  return kycLevels.some((level) => level === value);
}

type Slot = DocumentRequirement['slot'];

/** What a rule of levels reads of each thing that is proven by documents. */
export const evidenceFacts = {
  identity: 'evidence.identity',
  address: 'evidence.address',
  funds: 'evidence.funds',
  wealth: 'evidence.wealth',
  liveness: 'evidence.liveness',
  ownership: 'evidence.ownership',
  authority: 'evidence.authority',
} as const satisfies Readonly<Record<Slot, `evidence.${string}`>>;

/** What a client may send to go on where the case's own policy names no documents for it. */
export const evidenceToGoOn: Readonly<Record<Slot, DocumentRequirement>> = {
  identity: { slot: 'identity', accepted: ['passport', 'id_card', 'residence_permit'], count: 1 },
  address: {
    ...{ slot: 'address', count: 1, ageMonthsMax: 6 },
    accepted: ['utility_bill', 'bank_statement', 'tax_statement'],
  },
  funds: {
    ...{ slot: 'funds', count: 1, ageMonthsMax: 12 },
    accepted: ['source_of_income', 'bank_statement', 'tax_statement'],
  },
  wealth: {
    ...{ slot: 'wealth', count: 1, ageMonthsMax: 12, declared: true },
    accepted: ['source_of_income', 'bank_statement', 'tax_statement'],
  },
  liveness: { slot: 'liveness', accepted: ['selfie'], count: 1 },
  ownership: { slot: 'ownership', accepted: ['register_of_members'], count: 1 },
  authority: { slot: 'authority', accepted: ['authority_resolution'], count: 1 },
};

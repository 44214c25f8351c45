import { sourceBases, type SourceBasis } from '../../kyc/sources';
import { type DocumentKind, type DocumentKindDefinition, knownKinds } from '../../kyc/document';
import { type ReasonText } from '../../kyc/reason-codes';
import { type KindDefinition, needsPerson, routedReasons } from '../kind';
import { type Question } from '../../onboarding/questions';
import { clientCategories, questionnaireFact, riskLevels } from './kyc-approval';

/** One thing the client has to prove, and with what. */
export interface DocumentRequirement {
  readonly slot:
    'identity' | 'address' | 'funds' | 'wealth' | 'liveness' | 'ownership' | 'authority';
  readonly accepted: readonly DocumentKind[];
  readonly count: number;
  /** Oldest issue date; absent where age does not matter. */
  readonly ageMonthsMax?: number;
  /** Of funds and wealth: sources are declared, the papers support each, and an officer corroborates it. */
  readonly declared?: boolean;
}

/** Sources of funds or wealth that the client declares, each with papers. */
export type Declaration = DocumentRequirement & { readonly slot: SourceBasis };

export function isDeclaration(requirement: DocumentRequirement): requirement is Declaration {
  const { slot, declared } = requirement;
  return declared === true && sourceBases.some((basis) => basis === slot);
}

/** What a company shows: that it is there, where, who owns it, and who may act for it (FATF recommendation 10). */
export const shippedCompanyRequirements: readonly DocumentRequirement[] = [
  { slot: 'identity', accepted: ['company_registration'], count: 1, ageMonthsMax: 6 },
  {
    slot: 'address',
    accepted: ['utility_bill', 'bank_statement', 'tax_statement'],
    count: 1,
    ageMonthsMax: 6,
  },
  { slot: 'ownership', accepted: ['register_of_members'], count: 1 },
  { slot: 'authority', accepted: ['authority_resolution'], count: 1 },
];

export interface KycDocumentsThen {
  readonly require: DocumentRequirement;
}

export interface KycDocumentsParameters {
  /** Kinds beside those that ship, or in the place of one of them. */
  readonly kinds?: readonly DocumentKindDefinition[];
  readonly requirements: readonly DocumentRequirement[];
  /** Of a company, in the place of `requirements`; those that ship where the policy names none: a company is always asked. */
  readonly companyRequirements?: readonly DocumentRequirement[];
  /** Put to the client besides what everybody is asked. */
  readonly questions?: readonly Question[];
  /** What a client reads of a reason, in the place of the words that ship. */
  readonly reasonTexts?: readonly ReasonText[];
  /** An identity document that ends within these days is asked for again. */
  readonly expiringWithinDays: number;
  readonly minimumAgeYears: number;
  /** A zone that no reader could read on the picture goes to a person, whatever the client typed in. */
  readonly zoneMustBeRead?: boolean;
}

export interface KycDocumentsOutcome {
  readonly decision: 'require' | 'review';
  /** One per slot: what a rule asks for replaces the parameter's requirement of the same slot. */
  readonly requirements: readonly DocumentRequirement[];
  /** What of them the client declares, and shows papers of for each source: none of these is among `requirements`. */
  readonly declarations: readonly Declaration[];
  readonly companyRequirements: readonly DocumentRequirement[];
  /** What is known of each kind that one of them accepts. */
  readonly kinds: readonly DocumentKindDefinition[];
  readonly questions: readonly Question[];
  readonly reasonTexts: readonly ReasonText[];
  readonly expiringWithinDays: number;
  readonly minimumAgeYears: number;
  readonly zoneMustBeRead: boolean;
  readonly reasons: readonly string[];
}

/** Says which documents a client of this entity has to bring. What cannot be decided is asked for. */
export const kycDocuments: KindDefinition<
  KycDocumentsThen,
  KycDocumentsOutcome,
  KycDocumentsParameters
> = {
  kind: 'kyc.documents',
  title: 'KYC documents',
  hitPolicy: 'all',
  facts: {
    'client.residence': { label: 'country of residence', type: 'country', source: 'registration' },
    'client.nationality': { label: 'nationality', type: 'country', source: 'registration' },
    'client.category': {
      label: 'client category',
      type: 'text',
      values: clientCategories,
      source: 'classification',
    },
    'client.expectedDeposit': {
      label: 'deposits expected in a year',
      type: 'money',
      unit: 'EUR',
      source: 'registration',
    },
    'client.pep': { label: 'politically exposed', type: 'boolean', source: 'registration' },
    'client.level': { label: 'level of verification', type: 'number', source: 'kyc.levels' },
    'questionnaire.answers': questionnaireFact,
    'risk.level': { label: 'risk level', type: 'text', values: riskLevels, source: 'kyc.risk' },
  },
  required: [],
  conclude: (findings) => {
    const bySlot = new Map<string, DocumentRequirement>();
    for (const requirement of findings.parameters.requirements)
      if (!isDeclaration(requirement)) bySlot.set(requirement.slot, requirement);
    for (const hit of [...findings.hits, ...findings.undecided])
      if (!isDeclaration(hit.then.require)) bySlot.set(hit.then.require.slot, hit.then.require);
    const declared = new Map<string, Declaration>();
    // Risk and exposure are known before anybody is approved: until then nobody is asked for what may not be needed.
    for (const each of [
      ...findings.parameters.requirements,
      ...findings.hits.map((hit) => hit.then.require),
    ]) {
      if (isDeclaration(each)) declared.set(each.slot, each);
    }
    // Who declares has no second list of papers for the same.
    for (const slot of declared.keys()) bySlot.delete(slot);
    const declarations = [...declared.values()];
    const person = needsPerson(findings);
    const requirements = [...bySlot.values()];
    const own = findings.parameters.companyRequirements ?? [];
    const companyRequirements = own.length > 0 ? own : shippedCompanyRequirements;
    const accepted = new Set(
      [...requirements, ...declarations, ...companyRequirements].flatMap((each) => each.accepted),
    );
    return {
      decision: person ? 'review' : 'require',
      requirements,
      declarations,
      companyRequirements,
      questions: findings.parameters.questions ?? [],
      reasonTexts: findings.parameters.reasonTexts ?? [],
      kinds: knownKinds(findings.parameters.kinds).filter(({ code }) => accepted.has(code)),
      expiringWithinDays: findings.parameters.expiringWithinDays,
      minimumAgeYears: findings.parameters.minimumAgeYears,
      zoneMustBeRead: findings.parameters.zoneMustBeRead ?? false,
      reasons: [
        ...new Set([
          ...findings.hits.map((hit) => hit.reason),
          ...(person ? routedReasons(findings) : []),
        ]),
      ],
    };
  },
};

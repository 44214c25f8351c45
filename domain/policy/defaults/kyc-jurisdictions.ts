import { type OverlayChange, type PolicyOverlay, type Rule } from '../body';
import { type Condition } from '../condition';
import { type DocumentRequirement, type KycDocumentsThen } from '../kinds/kyc-documents';
import { type KycApprovalThen } from '../kinds/kyc-approval';
import { type KycRiskThen } from '../kinds/kyc-risk';

/** What one supervisor’s law says of the same things, each by its own text. */
export interface Law {
  readonly title: string;
  /** Whom somebody is, and what is shown for it. */
  readonly identity: string;
  /** Null where the law asks for no address. */
  readonly address: string | null;
  readonly enhanced: string;
  readonly highRiskCountries: string;
  /** Oldest proof of address. */
  readonly addressMonthsMax: number;
  /** From here on the source of funds is shown. */
  readonly fundsFrom: string;
}

export const laws = {
  uk: {
    title: 'United Kingdom (FCA)',
    identity: 'UK MLR 2017 reg. 28(2)',
    address: 'UK MLR 2017 reg. 28(2); JMLSG Guidance Part I ch. 5',
    enhanced: 'UK MLR 2017 reg. 33(1)',
    highRiskCountries: 'UK MLR 2017 reg. 33(1)(b)',
    addressMonthsMax: 3,
    fundsFrom: '50000.00',
  },
  australia: {
    title: 'Australia (ASIC, AUSTRAC)',
    identity: 'AU AML/CTF Act 2006 s. 28',
    address: 'AU AML/CTF Act 2006 s. 28',
    enhanced: 'AU AML/CTF Act 2006 s. 32',
    highRiskCountries: 'AU AML/CTF Act 2006 s. 32',
    addressMonthsMax: 6,
    fundsFrom: '50000.00',
  },
  southAfrica: {
    title: 'South Africa (FSCA)',
    identity: 'ZA FIC Act 38 of 2001 s. 21',
    address: null,
    enhanced: 'ZA FIC Act 38 of 2001 s. 21A, 42',
    highRiskCountries: 'ZA FIC Act 38 of 2001 s. 42; FIC Guidance Note 7A',
    addressMonthsMax: 3,
    fundsFrom: '100000.00',
  },
} as const satisfies Record<string, Law>;

function documentsOf(law: Law): PolicyOverlay<KycDocumentsThen> {
  const identity: DocumentRequirement = {
    ...{ slot: 'identity', count: 1 },
    accepted: ['passport', 'id_card', 'residence_permit', 'driving_licence'],
  };
  const address: DocumentRequirement = {
    ...{ slot: 'address', count: 1, ageMonthsMax: law.addressMonthsMax },
    accepted: ['utility_bill', 'bank_statement', 'tax_statement'],
  };
  return {
    title: law.title,
    changes: [
      {
        ...{ target: 'parameter', mode: 'override', name: 'requirements' },
        value: law.address === null ? [identity] : [identity, address],
        reason: [law.identity, law.address ?? 'no proof of address by rule'].join('; '),
      },
      {
        ...{ target: 'rule', mode: 'override', id: 'funds.large', reason: law.enhanced },
        with: {
          id: 'funds.large',
          title: 'Large deposits need their source shown',
          when: {
            fact: 'client.expectedDeposit',
            operator: 'greaterThanInclusive',
            value: law.fundsFrom,
          },
          then: {
            require: {
              slot: 'funds',
              accepted: ['source_of_income', 'bank_statement', 'tax_statement'],
              count: 1,
              ageMonthsMax: 12,
            },
          },
          reason: 'FUNDS_EVIDENCE',
          source: `${law.enhanced}; the amount is a house rule`,
        },
      },
    ],
  };
}

function approvalOf(
  law: Law,
  base: { readonly approveClean: Rule<KycApprovalThen>; readonly clean: readonly Condition[] },
): PolicyOverlay<KycApprovalThen> {
  const proven: readonly Condition[] =
    law.address === null ? [] : [{ fact: 'address.verified', operator: 'equal', value: true }];
  return {
    title: law.title,
    changes: [
      {
        ...{ target: 'rule', mode: 'override', id: 'approve.clean', reason: law.identity },
        with: {
          ...base.approveClean,
          when: { all: [...base.clean, ...proven] },
          source: law.address ?? law.identity,
        },
      },
      {
        ...{ target: 'rule', mode: 'override', id: 'risk.high', reason: law.enhanced },
        with: {
          id: 'risk.high',
          title: 'High risk',
          when: { fact: 'risk.level', operator: 'equal', value: 'high' },
          then: { decision: 'review', queue: 'compliance', dueHours: 24, fourEyes: true },
          reason: 'RISK_HIGH',
          source: `${law.enhanced}: enhanced due diligence`,
        },
      },
    ],
  };
}

function riskOf(law: Law): PolicyOverlay<KycRiskThen> {
  const changes: OverlayChange<KycRiskThen>[] = [
    {
      ...{ target: 'rule', mode: 'override', id: 'country.residence' },
      reason: law.highRiskCountries,
      with: {
        id: 'country.residence',
        title: 'Lives in a high-risk country',
        when: {
          fact: 'client.residence',
          operator: 'in',
          value: { list: 'high_risk_countries' },
        },
        then: { points: 40 },
        reason: 'RISK_COUNTRY_RESIDENCE',
        source: `${law.highRiskCountries}; FATF`,
      },
    },
  ];
  return { title: law.title, changes };
}

/** Each place’s overlay, under the names that a shipped policy has for them. */
function each<T>(make: (law: Law) => T): Readonly<Record<keyof typeof laws, T>> {
  return {
    uk: make(laws.uk),
    australia: make(laws.australia),
    southAfrica: make(laws.southAfrica),
  };
}

export const kycDocumentsByPlace = each(documentsOf);
export const kycRiskByPlace = each(riskOf);
export const kycApprovalByPlace = (base: Parameters<typeof approvalOf>[1]) =>
  each((law) => approvalOf(law, base));

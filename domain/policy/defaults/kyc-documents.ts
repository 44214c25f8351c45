import { type DocumentRequirement } from '../kinds/kyc-documents';
import { type Rule } from '../body';
import { type KycDocumentsThen } from '../kinds/kyc-documents';
import { kycDocumentsByPlace } from './kyc-jurisdictions';
import { type ShippedPolicy } from './shipped';

const identity: DocumentRequirement = {
  slot: 'identity',
  accepted: ['passport', 'id_card', 'residence_permit'],
  count: 1,
};
const address: DocumentRequirement = {
  slot: 'address',
  accepted: ['utility_bill', 'bank_statement', 'tax_statement'],
  count: 1,
  ageMonthsMax: 6,
};

function fundsFrom(amount: string, source: string): Rule<KycDocumentsThen> {
  return {
    id: 'funds.large',
    title: 'Large deposits need their source shown',
    when: { fact: 'client.expectedDeposit', operator: 'greaterThanInclusive', value: amount },
    then: {
      require: {
        slot: 'funds',
        accepted: ['source_of_income', 'bank_statement', 'tax_statement'],
        count: 1,
        ageMonthsMax: 12,
      },
    },
    reason: 'FUNDS_EVIDENCE',
    source,
  };
}

/** Asked of whoever is exposed or of high risk, once that is known. */
function declared(slot: 'funds' | 'wealth', title: string): Rule<KycDocumentsThen> {
  return {
    id: `declared.${slot}`,
    title,
    when: {
      any: [
        { fact: 'client.pep', operator: 'equal', value: true },
        { fact: 'risk.level', operator: 'equal', value: 'high' },
        { fact: 'client.residence', operator: 'in', value: { list: 'high_risk_countries' } },
      ],
    },
    then: {
      require: {
        slot,
        accepted: ['source_of_income', 'bank_statement', 'tax_statement'],
        count: 1,
        ageMonthsMax: 12,
        declared: true,
      },
    },
    reason: `${slot.toUpperCase()}_DECLARED`,
    source: 'AMLR 2024/1624 art. 34 (4), 42 (1); UK MLR 2017 reg. 33(3A), 35(5)(b)',
  };
}

export const kycDocumentsPolicy: ShippedPolicy<'kyc.documents'> = {
  base: {
    title: 'KYC documents',
    parameters: {
      kinds: [],
      requirements: [identity, address],
      companyRequirements: [],
      questions: [],
      reasonTexts: [],
      expiringWithinDays: 30,
      minimumAgeYears: 18,
    },
    rules: [
      fundsFrom('50000.00', 'AMLR 2024/1624 art. 34'),
      declared('funds', 'Where the money comes from that a client of high risk pays in'),
      declared('wealth', 'How a client of high risk came by what they have'),
    ],
  },
  cysec: {
    title: 'Cyprus (CySEC): two documents',
    changes: [{ target: 'rule', mode: 'inherit', id: 'funds.large' }],
  },
  ...kycDocumentsByPlace,
  offshore: {
    title: 'Offshore (FSC, FSA): one document',
    changes: [
      {
        target: 'parameter',
        mode: 'override',
        name: 'requirements',
        value: [{ ...identity, accepted: [...identity.accepted, 'driving_licence'] }],
        reason: 'Simplified due diligence: one identity document, driving licence accepted.',
      },
      {
        target: 'parameter',
        mode: 'override',
        name: 'expiringWithinDays',
        value: 0,
        reason: 'A document that is valid today is enough here.',
      },
      {
        target: 'rule',
        mode: 'override',
        id: 'funds.large',
        with: fundsFrom('250000.00', 'FSA AML guidelines: house threshold'),
        reason: 'Higher threshold for the source of funds.',
      },
    ],
  },
};

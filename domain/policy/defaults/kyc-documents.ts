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
    rules: [fundsFrom('50000.00', 'AMLR 2024/1624 art. 34')],
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

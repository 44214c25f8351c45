import { type Rule } from '../body';
import { type Condition } from '../condition';
import { type KycApprovalThen } from '../kinds/kyc-approval';
import { kycApprovalByPlace } from './kyc-jurisdictions';
import { type ShippedPolicy } from './shipped';

const clean: readonly Condition[] = [
  { fact: 'documents.complete', operator: 'equal', value: true },
  { fact: 'identity.checksPassed', operator: 'equal', value: true },
  { fact: 'screening.verdict', operator: 'equal', value: 'clear' },
  {
    fact: 'screening.ageHours',
    operator: 'lessThanInclusive',
    value: { parameter: 'screeningAgeHoursMax' },
  },
  { fact: 'client.pep', operator: 'equal', value: false },
  { fact: 'client.duplicate', operator: 'equal', value: false },
  {
    fact: 'client.ageYears',
    operator: 'greaterThanInclusive',
    value: { parameter: 'minimumAgeYears' },
  },
  { fact: 'risk.level', operator: 'in', value: ['low', 'medium'] },
];

const approveClean: Rule<KycApprovalThen> = {
  id: 'approve.clean',
  title: 'Every check passed',
  when: { all: clean },
  then: { decision: 'approve' },
  reason: 'ALL_CHECKS_PASSED',
  source: 'house rule',
};

/** A failed document check opens a task that names it. */
function failure(reason: string, title: string, source: string): Rule<KycApprovalThen> {
  return {
    id: `failure.${reason.toLowerCase().replaceAll('_', '-')}`,
    title,
    when: { fact: 'documents.failures', operator: 'contains', value: reason },
    then: { decision: 'review', queue: 'compliance', dueHours: 24 },
    reason,
    source,
  };
}

export const kycApprovalPolicy: ShippedPolicy<'kyc.approval'> = {
  base: {
    title: 'KYC approval',
    parameters: {
      steps: [],
      queues: [],
      roundsMax: 3,
      minimumAgeYears: 18,
      screeningAgeHoursMax: 72,
    },
    rules: [
      approveClean,
      {
        id: 'sanctions.strong',
        title: 'Strong match with a sanctions list',
        when: { fact: 'screening.verdict', operator: 'equal', value: 'strong' },
        then: { decision: 'escalate', queue: 'mlro', dueHours: 4, fourEyes: true },
        reason: 'SANCTIONS_POSSIBLE',
        source: 'AMLR 2024/1624 art. 20; Cyprus AML law 188(I)/2007 s. 61',
        mandatory: true,
      },
      {
        id: 'sanctions.possible',
        title: 'Possible match with a sanctions list',
        when: { fact: 'screening.verdict', operator: 'in', value: ['possible', 'unreadable'] },
        then: { decision: 'review', queue: 'compliance', dueHours: 8, fourEyes: true },
        reason: 'SANCTIONS_POSSIBLE',
        source: 'AMLR 2024/1624 art. 20; Cyprus AML law 188(I)/2007 s. 61',
        mandatory: true,
      },
      {
        id: 'pep',
        title: 'Politically exposed',
        when: { fact: 'client.pep', operator: 'equal', value: true },
        then: { decision: 'review', queue: 'senior_approver', dueHours: 24, fourEyes: true },
        reason: 'PEP_POSSIBLE',
        source:
          'AMLR 2024/1624 art. 42; UK MLR 2017 reg. 35(5); ZA FIC Act s. 21F: senior management approves',
        mandatory: true,
      },
      {
        id: 'risk.high',
        title: 'High risk',
        when: { fact: 'risk.level', operator: 'equal', value: 'high' },
        then: { decision: 'review', queue: 'compliance', dueHours: 24, fourEyes: true },
        reason: 'RISK_HIGH',
        source: 'AMLR 2024/1624 art. 34: enhanced due diligence',
      },
      {
        id: 'underage',
        title: 'Too young',
        when: {
          fact: 'client.ageYears',
          operator: 'lessThan',
          value: { parameter: 'minimumAgeYears' },
        },
        then: { decision: 'review', queue: 'compliance', dueHours: 24 },
        reason: 'UNDERAGE',
        source: 'capacity to contract',
        mandatory: true,
      },
      {
        id: 'duplicate',
        title: 'The identity is a client already',
        when: { fact: 'client.duplicate', operator: 'equal', value: true },
        then: { decision: 'review', queue: 'compliance', dueHours: 24 },
        reason: 'DUPLICATE_IDENTITY',
        source: 'house rule',
      },
      {
        id: 'documents.incomplete',
        title: 'A required document is missing',
        when: { fact: 'documents.complete', operator: 'equal', value: false },
        then: { decision: 'request', queue: 'compliance' },
        reason: 'DATA_MISSING',
        source: 'house rule',
      },
      {
        id: 'screening.stale',
        title: 'The screening is too old',
        when: {
          fact: 'screening.ageHours',
          operator: 'greaterThan',
          value: { parameter: 'screeningAgeHoursMax' },
        },
        then: { decision: 'review', queue: 'compliance' },
        reason: 'SCREENING_STALE',
        source: 'house rule',
      },
      failure('DOC_EXPIRED', 'The document has expired', 'house rule'),
      failure('DOC_EXPIRING', 'The document expires soon', 'house rule'),
      failure('MRZ_CHECK_DIGIT', 'A check digit is wrong', 'ICAO 9303-3'),
      failure('NAME_MISMATCH', 'The names differ', 'house rule'),
      failure('DOB_MISMATCH', 'The dates of birth differ', 'house rule'),
      failure('ADDRESS_MISMATCH', 'The addresses differ', 'house rule'),
      failure('POA_TOO_OLD', 'The proof of address is too old', 'house rule'),
      failure('DOC_TYPE_NOT_ACCEPTED', 'The kind of document is not accepted', 'house rule'),
      failure('DOC_COUNTRY_NOT_ACCEPTED', 'The issuing country is not accepted', 'house rule'),
      failure('SAME_IMAGE_RESUBMITTED', 'The same picture again', 'house rule'),
      failure('DATA_MISSING', 'A check could not be made', 'house rule'),
    ],
  },
  cysec: {
    title: 'Cyprus (CySEC)',
    changes: [
      {
        target: 'rule',
        mode: 'override',
        id: 'approve.clean',
        with: {
          ...approveClean,
          title: 'Every check passed and the address is proven',
          when: {
            all: [...clean, { fact: 'address.verified', operator: 'equal', value: true }],
          },
          source: 'CySEC C721',
        },
        reason: 'An address must be proven before approval.',
      },
    ],
  },
  ...kycApprovalByPlace({ approveClean, clean }),
  offshore: {
    title: 'Offshore (FSC, FSA)',
    changes: [
      {
        target: 'rule',
        mode: 'off',
        id: 'failure.doc-expiring',
        reason: 'A document that is valid today is enough here.',
      },
      {
        target: 'rule',
        mode: 'off',
        id: 'failure.poa-too-old',
        reason: 'No proof of address is asked for at this level.',
      },
      {
        target: 'parameter',
        mode: 'override',
        name: 'screeningAgeHoursMax',
        value: 168,
        reason: 'Lists are re-screened on every delta; a week is enough at opening.',
      },
    ],
  },
};

import { type ShippedPolicy } from './shipped';

/** The cycle by risk level stands in `kyc.risk`; here is what shortens it, and what comes of documents. */
export const complianceCalendarPolicy: ShippedPolicy<'compliance.calendar'> = {
  base: {
    title: 'Review cycle and expiring documents',
    parameters: {
      reviewLeadDays: 30,
      noticeDays: [60, 30, 7],
      expiredBars: ['deposit', 'trade'],
    },
    rules: [
      {
        id: 'risk.high',
        title: 'The risk is high',
        when: { fact: 'risk.level', operator: 'equal', value: 'high' },
        then: { monthsMax: 12 },
        reason: 'RISK_HIGH',
        source: 'AMLR 2024/1624 art. 26(2)(a)',
        mandatory: true,
      },
      {
        id: 'pep',
        title: 'Politically exposed',
        when: { fact: 'client.pep', operator: 'equal', value: true },
        then: { monthsMax: 12 },
        reason: 'PEP',
        source: 'AMLR 2024/1624 art. 42; FATF recommendation 12',
        mandatory: true,
      },
    ],
  },
};

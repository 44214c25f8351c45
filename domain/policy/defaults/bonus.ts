import { type Condition } from '../condition';
import { type ShippedPolicy } from './shipped';

/** Whoever is not surely a professional is protected as a retail client. */
const isRetail: Condition = {
  fact: 'client.category',
  operator: 'notEqual',
  value: 'professional',
};

/** The licence's country, or where the client lives: protection follows the client to every entity. */
function retailOf(value: string | { readonly list: string }): Condition {
  const operator = typeof value === 'string' ? 'equal' : 'in';
  return {
    all: [
      isRetail,
      {
        any: [
          { fact: 'entity.jurisdiction', operator, value },
          { fact: 'client.residence', operator, value },
        ],
      },
    ],
  };
}

/** Nothing is given until somebody publishes a rule that grants, but for a small offshore one, and by hand. */
export const bonusPolicy: ShippedPolicy<'bonus'> = {
  base: {
    title: 'Bonus',
    parameters: { removal: 'whole', expiresInDays: 90 },
    rules: [
      {
        id: 'retail-eea',
        title: 'Retail client of the EEA',
        when: retailOf({ list: 'eea' }),
        then: { decision: 'refuse' },
        reason: 'NO_INDUCEMENTS_EEA',
        source: 'ESMA 2018/796 art. 2(d); CySEC PS-04-2019, DI87-09',
        mandatory: true,
      },
      {
        id: 'retail-uk',
        title: 'Retail client of the United Kingdom',
        when: retailOf('GB'),
        then: { decision: 'refuse' },
        reason: 'NO_INDUCEMENTS_UK',
        source: 'FCA PS19/18, COBS 22.5',
        mandatory: true,
      },
      {
        id: 'retail-au',
        title: 'Retail client of Australia',
        when: retailOf('AU'),
        then: { decision: 'refuse' },
        reason: 'NO_INDUCEMENTS_AU',
        source: 'ASIC 2020/986',
        mandatory: true,
      },
      {
        id: 'not-approved',
        title: 'KYC is not approved',
        when: { fact: 'client.approved', operator: 'equal', value: false },
        then: { decision: 'refuse' },
        reason: 'VERIFY_FIRST',
        source: 'house rule',
      },
      {
        id: 'chargeback',
        title: 'Open chargeback',
        when: { fact: 'client.openChargebacks', operator: 'greaterThan', value: 0 },
        then: { decision: 'refuse' },
        reason: 'OPEN_CHARGEBACK',
        source: 'house rule',
      },
      {
        id: 'by-hand',
        title: 'A colleague gives it',
        when: { fact: 'bonus.origin', operator: 'equal', value: 'hand' },
        then: { decision: 'review', maximum: '1000.00' },
        reason: 'BY_HAND',
        source: 'house rule: never one person alone',
      },
    ],
  },
  offshore: {
    title: 'Offshore (FSC, FSA)',
    changes: [
      {
        target: 'rule',
        mode: 'add',
        with: {
          id: 'first-deposit',
          title: 'First deposit',
          when: {
            all: [
              { fact: 'bonus.origin', operator: 'equal', value: 'deposit' },
              { fact: 'deposit.first', operator: 'equal', value: true },
              { fact: 'client.bonusesBefore', operator: 'equal', value: 0 },
            ],
          },
          then: { decision: 'grant', percent: 10, maximum: '100.00' },
          reason: 'FIRST_DEPOSIT',
          source: 'house rule: the regulator sets none',
        },
      },
    ],
  },
};

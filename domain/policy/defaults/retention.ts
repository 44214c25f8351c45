import { recordKinds, type RecordKind } from '../../retention/retention';
import { type PolicyOverlay, type Rule } from '../body';
import { type RetentionThen } from '../kinds/retention';
import { type ShippedPolicy } from './shipped';

interface Period {
  readonly years: number;
  readonly source: string;
}
type Periods = Readonly<Partial<Record<RecordKind, Period>>>;

const titles: Readonly<Record<RecordKind, string>> = {
  identity: 'Who the client is: documents, checks, screenings',
  transactions: 'Payments and transfers',
  orders: 'Orders, deals and what was said about them',
  correspondence: 'Letters, complaints and notes',
  accounts: 'Books and what they rest on',
  application: 'An application that came to nothing',
};

function ruleOf(record: RecordKind, { years, source }: Period): Rule<RetentionThen> {
  return {
    id: record,
    title: titles[record],
    when: {
      fact: 'client.wasCustomer',
      operator: 'equal',
      value: record !== 'application',
    },
    then: { record, years },
    reason: record.toUpperCase(),
    source,
  };
}

function rulesOf(periods: Required<Periods>): Rule<RetentionThen>[] {
  return recordKinds.map((record) => ruleOf(record, periods[record]));
}

function overlay(title: string, periods: Periods): PolicyOverlay<RetentionThen> {
  return {
    title,
    changes: recordKinds.flatMap((record) => {
      const period = periods[record];
      if (period === undefined) return [];
      return [
        {
          target: 'rule' as const,
          mode: 'override' as const,
          id: record,
          with: ruleOf(record, period),
          reason: period.source,
        },
      ];
    }),
  };
}

/** What the law of the Union says, and where its members or others say something else. */
export const retentionPolicy: ShippedPolicy<'retention'> = {
  base: {
    title: 'How long records are kept',
    parameters: { askAgainDays: 365 },
    rules: rulesOf({
      identity: {
        years: 5,
        source: 'AMLD 2015/849 art. 40(1)(a); from 10 July 2027 AMLR 2024/1624 art. 77',
      },
      transactions: {
        years: 5,
        source: 'AMLD 2015/849 art. 40(1)(b); from 10 July 2027 AMLR 2024/1624 art. 77',
      },
      orders: { years: 5, source: 'MiFID II 2014/65 art. 16(6), (7)' },
      correspondence: {
        years: 5,
        source: 'MiFID II 2014/65 art. 16(7); Regulation 2017/565 art. 26',
      },
      accounts: { years: 6, source: 'house rule: the longest usual time of tax law' },
      application: { years: 1, source: 'house rule; GDPR art. 5(1)(e)' },
    }),
  },
  cysec: overlay('Cyprus (CySEC)', {
    identity: { years: 5, source: 'CY AML Law 188(I)/2007 s. 68' },
    transactions: { years: 5, source: 'CY AML Law 188(I)/2007 s. 68' },
    orders: { years: 5, source: 'CY Law 87(I)/2017 s. 17(6), (7)' },
    accounts: { years: 6, source: 'CY Assessment and Collection of Taxes Law 4/1978 s. 30' },
  }),
  uk: overlay('United Kingdom (FCA)', {
    identity: { years: 5, source: 'UK MLR 2017 reg. 40(3)' },
    transactions: { years: 5, source: 'UK MLR 2017 reg. 40(3)' },
    orders: { years: 5, source: 'UK FCA SYSC 9.1.2R' },
    correspondence: { years: 5, source: 'UK FCA SYSC 9.1.2R, DISP 1.9.1R' },
    accounts: { years: 6, source: 'UK Finance Act 1998 sch. 18 para. 21' },
  }),
  australia: overlay('Australia (ASIC, AUSTRAC)', {
    identity: { years: 7, source: 'AU AML/CTF Act 2006 s. 113' },
    transactions: { years: 7, source: 'AU AML/CTF Act 2006 s. 107' },
    orders: { years: 7, source: 'AU Corporations Act 2001 s. 286(2), 988A' },
    correspondence: { years: 7, source: 'AU Corporations Act 2001 s. 286(2)' },
    accounts: { years: 7, source: 'AU Corporations Act 2001 s. 286(2)' },
  }),
  southAfrica: overlay('South Africa (FSCA)', {
    identity: { years: 5, source: 'ZA FIC Act 38 of 2001 s. 23' },
    transactions: { years: 5, source: 'ZA FIC Act 38 of 2001 s. 23' },
    orders: { years: 5, source: 'ZA FAIS Act 37 of 2002 s. 18' },
    correspondence: { years: 5, source: 'ZA FAIS Act 37 of 2002 s. 18' },
    accounts: { years: 7, source: 'ZA Companies Act 71 of 2008 s. 24(1)' },
  }),
  offshore: overlay('Offshore (FSA of Seychelles)', {
    identity: { years: 7, source: 'SC AML/CFT Act 2020 s. 47' },
    transactions: { years: 7, source: 'SC AML/CFT Act 2020 s. 47' },
    accounts: { years: 7, source: 'SC International Business Companies Act 2016 s. 175' },
  }),
};

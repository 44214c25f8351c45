import { evidenceFacts } from '../../kyc/levels';
import { type Condition } from '../condition';
import { type OverlayChange, type PolicyOverlay, type Rule } from '../body';
import { type KycLevelsThen } from '../kinds/kyc-levels';
import { type KycLimitsThen } from '../kinds/kyc-limits';
import { laws } from './kyc-jurisdictions';
import { limitRates } from './payments';
import { type ShippedPolicy } from './shipped';

const holds = (fact: string): Condition => ({ fact, operator: 'equal', value: true });
const proven = [
  holds('case.approved'),
  holds(evidenceFacts.identity),
  holds(evidenceFacts.address),
  holds(evidenceFacts.funds),
];
const levelTitles = [
  'Identity is proven',
  'The address is proven, too',
  'The source of funds is proven, too',
] as const;

/** The text of each place that asks for identity, for the address and for the source of funds. */
type Sources = readonly [identity: string, address: string, funds: string];

function levelRows(sources: Sources): Rule<KycLevelsThen>[] {
  return levelTitles.map((title, at) => ({
    ...{ id: `level.${at + 1}`, title, then: { level: at + 1 } },
    when: { all: proven.slice(0, at + 2) },
    reason: `LEVEL_${at + 1}`,
    source: sources[at] ?? 'house rule',
  }));
}

/** Each row of the base as a place has it. */
function inPlace<Then>(
  title: string,
  rows: readonly Rule<Then>[],
  more: readonly OverlayChange<Then>[] = [],
): PolicyOverlay<Then> {
  const own = rows.map((row): OverlayChange<Then> => {
    return { target: 'rule', mode: 'override', id: row.id, with: row, reason: row.source };
  });
  return { title, changes: [...more, ...own] };
}

export const kycLevelsPolicy: ShippedPolicy<'kyc.levels'> = {
  base: {
    title: 'Levels of verification',
    parameters: {
      names: [
        { level: 0, name: 'Not verified' },
        { level: 1, name: 'Identity verified' },
        { level: 2, name: 'Identity and address verified' },
        { level: 3, name: 'Source of funds verified' },
      ],
    },
    rules: levelRows([
      'AMLR 2024/1624 art. 22',
      'AMLR 2024/1624 art. 22',
      'AMLR 2024/1624 art. 34',
    ]),
  },
  cysec: inPlace(
    'Cyprus (CySEC)',
    levelRows([
      'Cyprus AML law 188(I)/2007 s. 61',
      'CySEC C721',
      'Cyprus AML law 188(I)/2007 s. 64',
    ]),
  ),
  uk: inPlace(laws.uk.title, levelRows([laws.uk.identity, laws.uk.address, laws.uk.enhanced])),
  australia: inPlace(
    laws.australia.title,
    levelRows([laws.australia.identity, laws.australia.address, laws.australia.enhanced]),
  ),
  southAfrica: inPlace(
    laws.southAfrica.title,
    levelRows([laws.southAfrica.identity, 'house rule', laws.southAfrica.enhanced]),
  ),
  offshore: inPlace(
    'Offshore (FSC, FSA)',
    levelRows(['Seychelles AML/CFT Act 2020', 'house rule', 'FSA AML guidelines: house threshold']),
  ),
};

/** What a place lets a client do at each level; level 3 has no limit of its own. */
interface Figures {
  /** Until anybody is verified, in all; the policy `deposit` says the same of them. */
  readonly unverified: string;
  /** With identity alone. */
  readonly identity: {
    readonly deposits: string;
    readonly withdrawals: string;
    readonly trading: string;
    readonly balance: string;
    readonly accounts: number;
    readonly leverage: number;
  };
  /** With the address, in a year: from here on the source of funds is shown. */
  readonly yearly: string;
  readonly sources: {
    readonly unverified: string;
    readonly identity: string;
    readonly yearly: string;
  };
}

const level = (value: number): Condition => ({ fact: 'client.level', operator: 'equal', value });

function limitRows({ unverified, identity, yearly, sources }: Figures): Rule<KycLimitsThen>[] {
  const first = (id: string, title: string, then: KycLimitsThen): Rule<KycLimitsThen> => ({
    ...{ id: `level1.${id}`, title, when: level(1), then },
    reason: 'LEVEL_LIMIT',
    source: sources.identity,
  });
  return [
    {
      ...{ id: 'level0.deposits', title: 'Deposits before anybody is verified', when: level(0) },
      then: { limit: 'deposit', max: unverified },
      reason: 'LEVEL_LIMIT',
      source: sources.unverified,
    },
    first('deposits', 'Deposits with identity alone', {
      ...{ limit: 'deposit', max: identity.deposits },
    }),
    first('withdrawals', 'Withdrawals with identity alone', {
      ...{ limit: 'withdrawal', max: identity.withdrawals, period: '30d' },
    }),
    first('trading', 'Money on trading accounts with identity alone', {
      ...{ limit: 'trading', max: identity.trading },
    }),
    first('balance', 'Money in the wallets with identity alone', {
      ...{ limit: 'balance', max: identity.balance },
    }),
    first('accounts', 'Accounts with identity alone', {
      ...{ limit: 'accounts', most: identity.accounts },
    }),
    first('leverage', 'Leverage with identity alone', {
      ...{ limit: 'leverage', leverage: identity.leverage },
    }),
    {
      ...{ id: 'level2.deposits', title: 'Deposits without a source of funds', when: level(2) },
      then: { limit: 'deposit', max: yearly, period: '365d' },
      reason: 'LEVEL_LIMIT',
      source: sources.yearly,
    },
  ];
}

const amount = 'the amount is a house rule';

/** Where no address is proven before an approval, so that clients stay here. */
const identityAlone = {
  ...{ deposits: '50000.00', withdrawals: '50000.00', trading: '50000.00', balance: '50000.00' },
  accounts: 5,
};

const strict: Figures['identity'] = {
  ...{ deposits: '10000.00', withdrawals: '10000.00', trading: '10000.00', balance: '10000.00' },
  ...{ accounts: 2, leverage: 30 },
};

export const kycLimitsPolicy: ShippedPolicy<'kyc.limits'> = {
  base: {
    title: 'Limits by level',
    parameters: { referenceCurrency: 'EUR', limitRates },
    rules: limitRows({
      ...{ unverified: '0.00', identity: strict, yearly: '50000.00' },
      sources: {
        unverified: 'AMLR 2024/1624 art. 23',
        identity: 'house rule',
        yearly: `AMLR 2024/1624 art. 34; ${amount}`,
      },
    }),
  },
  cysec: inPlace(
    'Cyprus (CySEC C721)',
    limitRows({
      ...{ unverified: '2000.00', identity: strict, yearly: '50000.00' },
      sources: {
        unverified: 'CySEC C721: up to EUR 2,000 in sum before verification',
        identity: `Cyprus AML law 188(I)/2007 s. 61; ${amount}`,
        yearly: `Cyprus AML law 188(I)/2007 s. 64; ${amount}`,
      },
    }),
  ),
  uk: inPlace(
    laws.uk.title,
    limitRows({
      ...{ unverified: '0.00', identity: strict, yearly: laws.uk.fundsFrom },
      sources: {
        unverified: 'UK MLR 2017 reg. 30(2)',
        identity: `${laws.uk.address}; ${amount}`,
        yearly: `${laws.uk.enhanced}; ${amount}`,
      },
    }),
  ),
  australia: inPlace(
    laws.australia.title,
    limitRows({
      ...{ unverified: '0.00', identity: strict, yearly: laws.australia.fundsFrom },
      sources: {
        unverified: laws.australia.identity,
        identity: `${laws.australia.address}; ${amount}`,
        yearly: `${laws.australia.enhanced}; ${amount}`,
      },
    }),
  ),
  southAfrica: inPlace(
    laws.southAfrica.title,
    limitRows({
      identity: { ...identityAlone, leverage: 200 },
      ...{ unverified: '0.00', yearly: laws.southAfrica.fundsFrom },
      sources: {
        unverified: laws.southAfrica.identity,
        identity: `${laws.southAfrica.identity}; ${amount}`,
        yearly: `${laws.southAfrica.enhanced}; ${amount}`,
      },
    }),
  ),
  offshore: inPlace(
    'Offshore (FSC, FSA)',
    limitRows({
      identity: { ...identityAlone, leverage: 500 },
      ...{ unverified: '5000.00', yearly: '250000.00' },
      sources: {
        unverified: 'House limit',
        identity: `Seychelles AML/CFT Act 2020; ${amount}`,
        yearly: 'FSA AML guidelines: house threshold',
      },
    }),
    [
      {
        ...{ target: 'parameter', mode: 'override', name: 'referenceCurrency', value: 'USD' },
        reason: 'The books are in USD.',
      },
    ],
  ),
};

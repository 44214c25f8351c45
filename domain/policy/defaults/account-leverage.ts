import { type LeverageParameters } from '../../leverage/caps';
import { leverageRegimes } from '../../leverage/regimes';
import { shippedResidences, shippedSymbolClasses } from '../../leverage/residences';
import { type Condition } from '../condition';
import { type ShippedPolicy } from './shipped';

const { cysec, offshore } = leverageRegimes;

const isTrue = (fact: string): Condition => ({ fact, operator: 'equal', value: true });
const isFalse = (fact: string): Condition => ({ fact, operator: 'equal', value: false });
/** A reduction while positions use margin raises what they use. */
const squeezes: readonly Condition[] = [isTrue('leverage.reduces'), isTrue('account.margined')];
const strikes = (fact: string): Condition => ({
  fact,
  operator: 'lessThanInclusive',
  value: 0,
});
const asked = (...who: readonly string[]): Condition => ({
  fact: 'request.askedAs',
  operator: 'in',
  value: [...who],
});
const levelAfter = (operator: 'lessThan' | 'greaterThanInclusive'): Condition => ({
  fact: 'account.marginLevelAfter',
  operator,
  value: { parameter: 'marginLevelMinPercent' },
});

const ofARegime = [
  'regime',
  'caps',
  'houseMax',
  'marginCloseOutPercent',
  'negativeBalanceProtection',
  'rebatesToRetailTraders',
  'source',
] as const;

/** Another regulator's caps and protections in the place of the base's. */
function regimeChanges(regime: LeverageParameters, reason: string) {
  return ofARegime.map(
    (name) =>
      ({ target: 'parameter', mode: 'override', name, value: regime[name], reason }) as const,
  );
}

/**
 * Leverage: the CySEC caps are the base, since they are the stricter; offshore overrides them. What the country of
 * residence asks for follows the client to every entity.
 */
export const accountLeveragePolicy: ShippedPolicy<'account.leverage'> = {
  base: {
    title: 'Leverage',
    parameters: {
      ...cysec,
      residences: shippedResidences,
      symbolClasses: shippedSymbolClasses,
      equityLadder: [],
      marginLevelMinPercent: 150,
      noticeDays: 3,
    },
    rules: [
      {
        id: 'above-cap',
        title: 'Above the cap',
        when: isFalse('leverage.withinCap'),
        then: { decision: 'refuse' },
        reason: 'LEVERAGE_ABOVE_CAP',
        source: 'CySEC PS-04-2019; ESMA 2018/796',
        mandatory: true,
      },
      {
        id: 'above-ladder',
        title: 'More than the house gives for this equity',
        when: isFalse('leverage.withinLadder'),
        then: { decision: 'refuse' },
        reason: 'LEVERAGE_ABOVE_LADDER',
        source: 'house rule: a larger account has less leverage',
      },
      {
        id: 'own-margin-call',
        title: 'The holder’s own wish would call their margin',
        when: { all: [...squeezes, asked('client'), strikes('account.marginOverCall')] },
        then: { decision: 'refuse' },
        reason: 'MARGIN_TOO_LOW',
        source: 'house rule: nobody is helped into a margin call',
      },
      {
        id: 'house-stop-out',
        title: 'The house would stop the holder out',
        when: {
          all: [...squeezes, asked('staff', 'process'), strikes('account.marginOverStopOut')],
        },
        then: { decision: 'review', dueHours: 8 },
        reason: 'STOP_OUT_BY_REDUCTION',
        source: 'house rule',
      },
      {
        id: 'house-margin-call',
        title: 'The house would call the holder’s margin',
        when: {
          all: [...squeezes, asked('staff', 'process'), strikes('account.marginOverCall')],
        },
        then: { decision: 'notice' },
        reason: 'MARGIN_CALL_BY_REDUCTION',
        source: 'house rule: notice before a margin call',
      },
      {
        id: 'thin-margin',
        title: 'A reduction that leaves little margin',
        when: {
          all: [
            ...squeezes,
            { fact: 'account.marginOverCall', operator: 'greaterThan', value: 0 },
            levelAfter('lessThan'),
          ],
        },
        then: { decision: 'review', dueHours: 8 },
        reason: 'OPEN_POSITIONS',
        source: 'house rule: a person looks before margin gets thin',
      },
      {
        id: 'within-cap',
        title: 'Within the cap and no position is squeezed',
        when: {
          all: [
            isTrue('leverage.withinCap'),
            {
              any: [
                isFalse('leverage.reduces'),
                isFalse('account.margined'),
                levelAfter('greaterThanInclusive'),
              ],
            },
          ],
        },
        then: { decision: 'approve' },
        reason: 'LEVERAGE_WITHIN_CAP',
        source: 'house rule',
      },
    ],
  },
  uk: {
    title: 'United Kingdom (FCA)',
    changes: regimeChanges(leverageRegimes.fca, leverageRegimes.fca.source),
  },
  australia: {
    title: 'Australia (ASIC)',
    changes: regimeChanges(leverageRegimes.asic, leverageRegimes.asic.source),
  },
  southAfrica: {
    title: 'South Africa (FSCA)',
    changes: regimeChanges(leverageRegimes.fsca, leverageRegimes.fsca.source),
  },
  offshore: {
    title: 'Offshore (FSC, FSA)',
    changes: [
      ...regimeChanges(offshore, 'No cap by rule; the house allows 500.'),
      {
        target: 'parameter',
        mode: 'override',
        name: 'equityLadder',
        value: [
          { from: '200000.00', leverage: 200 },
          { from: '500000.00', leverage: 100 },
        ],
        reason: 'Large accounts at 500 are more risk than the house takes.',
      },
    ],
  },
};

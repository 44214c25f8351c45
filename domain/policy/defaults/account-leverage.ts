import { leverageRegimes } from '../../leverage/regimes';
import { type ShippedPolicy } from './shipped';

const { cysec, offshore } = leverageRegimes;

/** Leverage: the CySEC caps are the base, since they are the stricter; offshore overrides them. */
export const accountLeveragePolicy: ShippedPolicy<'account.leverage'> = {
  base: {
    title: 'Leverage',
    parameters: cysec,
    rules: [
      {
        id: 'above-cap',
        title: 'Above the cap',
        when: { fact: 'leverage.withinCap', operator: 'equal', value: false },
        then: { decision: 'refuse' },
        reason: 'LEVERAGE_ABOVE_CAP',
        source: 'CySEC PS-04-2019; ESMA 2018/796',
        mandatory: true,
      },
      {
        id: 'within-cap',
        title: 'Within the cap and no position is squeezed',
        when: {
          all: [
            { fact: 'leverage.withinCap', operator: 'equal', value: true },
            {
              any: [
                { fact: 'leverage.reduces', operator: 'equal', value: false },
                { fact: 'account.openPositions', operator: 'equal', value: 0 },
              ],
            },
          ],
        },
        then: { decision: 'approve' },
        reason: 'LEVERAGE_WITHIN_CAP',
        source: 'house rule',
      },
      {
        id: 'reduction-with-positions',
        title: 'A reduction while positions are open raises their margin',
        when: {
          all: [
            { fact: 'leverage.reduces', operator: 'equal', value: true },
            { fact: 'account.openPositions', operator: 'greaterThan', value: 0 },
          ],
        },
        then: { decision: 'review', queue: 'dealing', dueHours: 8 },
        reason: 'OPEN_POSITIONS',
        source: 'house rule: notice before a margin call',
      },
    ],
  },
  offshore: {
    title: 'Offshore (FSC, FSA)',
    changes: [
      ...(
        [
          'regime',
          'caps',
          'houseMax',
          'marginCloseOutPercent',
          'negativeBalanceProtection',
          'rebatesToRetailTraders',
          'source',
        ] as const
      ).map(
        (name) =>
          ({
            target: 'parameter',
            mode: 'override',
            name,
            value: offshore[name],
            reason: 'No cap by rule; the house allows 500.',
          }) as const,
      ),
    ],
  },
};

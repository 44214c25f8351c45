import { type KindDefinition, type RoutedOutcome, type RoutedThen, worstOf } from '../kind';
import { type LeverageParameters } from '../../leverage/caps';
import { clientCategories } from './kyc-approval';

/** `notice`: it is carried out when its holder has had time to act. */
export const leverageDecisions = ['refuse', 'review', 'notice', 'approve'] as const;
export type LeverageDecision = (typeof leverageDecisions)[number];

/** Decides a leverage: the regime's caps are its parameters (domain/leverage), house rules come on top. */
export const accountLeverage: KindDefinition<
  RoutedThen<LeverageDecision>,
  RoutedOutcome<LeverageDecision>,
  LeverageParameters
> = {
  kind: 'account.leverage',
  title: 'Leverage',
  hitPolicy: 'worst',
  facts: {
    'leverage.requested': { label: 'leverage asked for', type: 'number', source: 'request' },
    'leverage.withinCap': {
      label: 'within the cap of regime, residence and category',
      type: 'boolean',
      source: 'domain/leverage',
    },
    'leverage.withinLadder': {
      label: 'within what the equity leaves of it',
      type: 'boolean',
      source: 'domain/leverage, parameter equityLadder',
    },
    'leverage.reduces': { label: 'lower than now', type: 'boolean', source: 'account' },
    'request.askedAs': {
      label: 'who asks',
      type: 'text',
      values: ['client', 'staff', 'process'],
      source: 'request',
    },
    'client.category': {
      label: 'client category',
      type: 'text',
      values: clientCategories,
      source: 'classification',
    },
    'account.openPositions': {
      label: 'open positions',
      type: 'number',
      source: 'trading server',
    },
    'account.margined': {
      label: 'positions use margin',
      type: 'boolean',
      source: 'trading server',
    },
    'account.marginLevelAfter': {
      label: 'margin level after the change',
      type: 'number',
      unit: 'percent',
      source: 'trading server',
    },
    'account.marginOverCall': {
      label: 'margin level after the change, above the group’s margin call',
      type: 'number',
      unit: 'percentage points',
      source: 'trading server',
    },
    'account.marginOverStopOut': {
      label: 'margin level after the change, above the group’s stop-out',
      type: 'number',
      unit: 'percentage points',
      source: 'trading server',
    },
  },
  required: ['leverage.requested', 'leverage.withinCap', 'client.category'],
  conclude: (findings) =>
    worstOf(
      {
        precedence: leverageDecisions,
        person: 'review',
        automatic: 'approve',
        queue: 'dealing',
        dueHours: 8,
      },
      findings,
    ),
};

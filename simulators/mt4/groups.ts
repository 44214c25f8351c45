import { metaTraderGroups } from '../brokerage/groups';

/** MT4 keeps 16 characters of a group's name. */
export const GROUPS = metaTraderGroups({ real: '', demo: 'demo-', realLeverage: 100 });

import { metaTraderGroups } from '../brokerage/groups';

export const GROUPS = metaTraderGroups({ real: 'real\\', demo: 'demo\\', realLeverage: 0 });

import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/**
 * Typed search attributes, for people who look at Temporal; no rule decides by them, because
 * visibility lags and histories expire. They are stored in clear: opaque ids and state names only.
 */
export const searchAttributes = {
  client: defineSearchAttributeKey('KeelsonClient', SearchAttributeType.KEYWORD),
  account: defineSearchAttributeKey('KeelsonAccount', SearchAttributeType.KEYWORD),
  entity: defineSearchAttributeKey('KeelsonEntity', SearchAttributeType.KEYWORD),
  kind: defineSearchAttributeKey('KeelsonKind', SearchAttributeType.KEYWORD),
  state: defineSearchAttributeKey('KeelsonState', SearchAttributeType.KEYWORD),
} as const;

import { type Facts } from './fact';

/**
 * Facts that a hidden hold makes true: whoever may not see it is not shown what looks at them, whatever it
 * said, and cannot try a draft on them.
 */
export const betrayingFacts: ReadonlySet<string> = new Set([
  'client.legalHold',
  'client.restricted',
  'client.tradeRestricted',
  'client.withdrawRestricted',
  'client.depositRestricted',
]);
const betrayingNames = [...betrayingFacts];

/**
 * The facts as if no restriction were in force. A draft that asked about one would otherwise list everybody
 * who is held to whoever may write drafts.
 */
export function withoutHolds(facts: Facts): Facts {
  if (!betrayingNames.some((fact) => Object.hasOwn(facts, fact))) return facts;
  return Object.fromEntries(
    Object.entries(facts).map(([fact, value]) => [fact, betrayingFacts.has(fact) ? false : value]),
  );
}

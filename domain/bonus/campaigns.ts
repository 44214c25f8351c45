import { type EffectivePolicy } from '../policy/body';
import { type Condition, isListReference, isParameterReference } from '../policy/condition';

/** What stands for no campaign. */
export const noCampaign = 'none';

/** The campaigns that a policy's rules name: a code that none of them does is a slip of the pen, and said to be one. */
export function campaignsOf({
  rules,
  lists,
}: Pick<EffectivePolicy, 'rules' | 'lists'>): ReadonlySet<string> {
  const found = new Set<string>();
  const walk = (condition: Condition): void => {
    if ('all' in condition) condition.all.forEach(walk);
    else if ('any' in condition) condition.any.forEach(walk);
    else if ('not' in condition) walk(condition.not);
    else if (condition.fact === 'bonus.campaign') {
      const { value } = condition;
      if (typeof value === 'string') found.add(value);
      else if (Array.isArray(value)) value.forEach((each: string) => found.add(each));
      else if (typeof value === 'object' && isListReference(value) && !isParameterReference(value))
        (lists[value.list]?.values ?? []).forEach((each) => found.add(each));
    }
  };
  for (const { when } of rules) walk(when);
  found.delete(noCampaign);
  return found;
}

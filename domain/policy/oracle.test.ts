import fc from 'fast-check';
import { Engine, type TopLevelCondition } from 'json-rules-engine';
import { arbitraryRules, catalogue, knownFacts } from './arbitrary-rules';
import { compilePolicy } from './compile';
import { type Condition } from './condition';
import { evaluate } from './evaluate';

describe('json-rules-engine as an oracle', () => {
  it('agrees on which rules hold whenever every fact is known', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryRules(), knownFacts(), async (rules, facts) => {
        const engine = new Engine([], { allowUndefinedFacts: false });
        for (const rule of rules)
          engine.addRule({ conditions: topLevel(rule.when), event: { type: rule.id } });
        const { events } = await engine.run({ ...facts });
        const policy = compilePolicy('kyc.approval', {
          base: {
            title: 'oracle',
            parameters: { minimumAgeYears: 18, screeningAgeHoursMax: 72 },
            rules,
          },
          overlays: [],
          lists: {},
        });
        const ours = evaluate(policy, facts).hits.map((hit) => hit.ruleId);
        expect([...ours].sort()).toEqual(events.map((event) => event.type).sort());
      }),
      { numRuns: 300 },
    );
  });

  it('is asked about every type of fact', () => {
    const types = new Set(Object.values(catalogue).map((definition) => definition.type));
    expect([...types].sort()).toEqual(['boolean', 'country', 'number', 'text', 'textList']);
  });
});

/** The oracle wants all, any or not at the top; its conditions are ours otherwise. */
function topLevel(condition: Condition): TopLevelCondition {
  const nested: TopLevelCondition = JSON.parse(JSON.stringify({ all: [condition] }));
  return nested;
}

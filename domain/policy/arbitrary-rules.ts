import fc from 'fast-check';
import { type Comparison, type Condition } from './condition';
import { type FactDefinition, type Facts, type FactValue, operatorsByType } from './fact';
import { type Rule } from './body';
import { policyKinds } from './kinds/registry';
import { kycDecisions, type KycApprovalThen } from './kinds/kyc-approval';

/** Generators for property tests: valid rules of `kyc.approval`, and facts known, unknown or broken. */
export const catalogue = policyKinds['kyc.approval'].facts;
const factIds = Object.keys(catalogue);

export function arbitraryValue(definition: FactDefinition): fc.Arbitrary<FactValue> {
  switch (definition.type) {
    case 'boolean':
      return fc.boolean();
    case 'number':
      return fc.integer({ min: -5, max: 5 });
    case 'date':
      return fc
        .date({ noInvalidDate: true, min: new Date('2000-01-01'), max: new Date('2030-12-31') })
        .map((at) => at.toISOString().slice(0, 10));
    case 'money':
      return fc.integer({ min: -500, max: 500 }).map((cents) => (cents / 100).toFixed(2));
    case 'country':
      return fc.constantFrom('CY', 'DE', 'SC');
    case 'currency':
      return fc.constantFrom('EUR', 'USD');
    case 'text':
      return fc.constantFrom(...(definition.values ?? ['a', 'b', 'c']));
    case 'textList':
      return fc.subarray(['DOC_EXPIRED', 'NAME_MISMATCH', 'UNDERAGE']);
  }
}

export function arbitraryComparison(): fc.Arbitrary<Comparison> {
  return fc.constantFrom(...factIds).chain((fact) => {
    const definition = catalogue[fact];
    if (definition === undefined) throw new Error(fact);
    return fc.constantFrom(...operatorsByType[definition.type]).chain((operator) => {
      const one = arbitraryValue(definition);
      const value =
        operator === 'in' || operator === 'notIn'
          ? fc.array(one.map(String), { maxLength: 3 })
          : definition.type === 'textList'
            ? fc.constantFrom('DOC_EXPIRED', 'NAME_MISMATCH', 'UNDERAGE')
            : one;
      return value.map((literal) => ({ fact, operator, value: literal }));
    });
  });
}

export function arbitraryCondition(depth = 3): fc.Arbitrary<Condition> {
  if (depth === 0) return arbitraryComparison();
  const part = arbitraryCondition(depth - 1);
  return fc.oneof(
    { weight: 3, arbitrary: arbitraryComparison() },
    { weight: 1, arbitrary: fc.array(part, { maxLength: 3 }).map((all) => ({ all })) },
    {
      weight: 1,
      arbitrary: fc.array(part, { minLength: 1, maxLength: 3 }).map((any) => ({ any })),
    },
    { weight: 1, arbitrary: part.map((not) => ({ not })) },
  );
}

export function arbitraryRules(): fc.Arbitrary<Rule<KycApprovalThen>[]> {
  return fc
    .array(fc.tuple(arbitraryCondition(), fc.constantFrom(...kycDecisions)), { maxLength: 6 })
    .map((pairs) =>
      pairs.map(([when, decision], i) => ({
        id: `rule-${i}`,
        title: `rule ${i}`,
        when,
        then: { decision },
        reason: `REASON_${i}`,
        source: 'house rule',
      })),
    );
}

const each = (value: (definition: FactDefinition) => fc.Arbitrary<FactValue | null>) =>
  fc.record(
    Object.fromEntries(
      factIds.map((id) => [id, value(catalogue[id] ?? { label: '', type: 'boolean', source: '' })]),
    ),
  );

export function knownFacts(): fc.Arbitrary<Facts> {
  return each(arbitraryValue);
}

export function partlyKnownFacts(): fc.Arbitrary<Facts> {
  return each((definition) =>
    fc.oneof(
      { weight: 3, arbitrary: arbitraryValue(definition) },
      { weight: 1, arbitrary: fc.constant(null) },
    ),
  );
}

export function anyFacts(): fc.Arbitrary<Facts> {
  return each((definition) =>
    fc.oneof(
      arbitraryValue(definition),
      fc.constant(null),
      fc.double(),
      fc.string(),
      fc.boolean(),
      fc.array(fc.string()),
    ),
  );
}

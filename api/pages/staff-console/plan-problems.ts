import { placeOfProblem, type PlanProblem } from '../../../domain/plan-problem';
import type { Field } from '../../../domain/policy/edit/fields';

/** What has to be mended, in the words of the form, each with the field that it leads to. */
export function showProblems(
  problems: readonly PlanProblem[],
  { fields, prefix }: { readonly fields: readonly Field[]; readonly prefix: string },
) {
  return problems.map((problem) => {
    const { label, field } = placeOfProblem(fields, problem);
    return {
      label,
      detail: problem.detail,
      field: field === undefined ? undefined : `f-${prefix}.${field}`,
    };
  });
}

import { knownKinds } from '../kyc/document';
import { type PolicyProblem } from './body';
import { parameterSchemas, thenSchemas } from './body.schema';
import { type DocumentRequirement } from './kinds/kyc-documents';
import { type PolicyKind } from './kinds/registry';

/** Kinds of document that are accepted and that nobody knows, where a policy says which documents are asked for. */
export function documentProblems(
  kind: PolicyKind,
  {
    parameters,
    rules,
  }: {
    readonly parameters: unknown;
    readonly rules: readonly { readonly id: string; readonly then: unknown }[];
  },
): PolicyProblem[] {
  if (kind !== 'kyc.documents') return [];
  const read = parameterSchemas['kyc.documents'].safeParse(parameters);
  if (!read.success) return [];
  const known = new Set(knownKinds(read.data.kinds).map(({ code }) => code));
  const strangers = (requirement: DocumentRequirement, pointer: string, rule?: string) =>
    requirement.accepted.flatMap((code, at): PolicyProblem[] =>
      known.has(code)
        ? []
        : [
            {
              pointer: `${pointer}/accepted/${at}`,
              code: 'unknown_document',
              detail: `there is no kind of document "${code}": add it to the kinds first`,
              severity: 'error',
              ...(rule === undefined ? {} : { rule }),
            },
          ],
    );
  return [
    ...read.data.requirements.flatMap((each, at) =>
      strangers(each, `/parameters/requirements/${at}`),
    ),
    ...rules.flatMap(({ id, then }, at) => {
      const said = thenSchemas['kyc.documents'].safeParse(then);
      return said.success ? strangers(said.data.require, `/rules/${at}/then/require`, id) : [];
    }),
  ];
}

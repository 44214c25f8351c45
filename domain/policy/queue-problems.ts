import { queueOf, queuePermissions, seniorReason } from '../kyc/approval-queues';
import { type PolicyProblem } from './body';
import { parameterSchemas, thenSchemas } from './body.schema';
import { type PolicyKind } from './kinds/registry';

/** The decisions that leave a case to a person. */
const toPerson: ReadonlySet<string> = new Set(['review', 'escalate', 'reject']);

/**
 * Queues that nobody knows, and rows about politically exposed persons that go round senior management (AMLR 2024/1624
 * art. 42). Only what is written now is held to it: a version that is in force is read as it stands.
 */
export function queueProblems(
  kind: PolicyKind,
  {
    parameters,
    rules,
  }: {
    readonly parameters: unknown;
    readonly rules: readonly { readonly id: string; readonly reason: string; then: unknown }[];
  },
): PolicyProblem[] {
  if (kind !== 'kyc.approval') return [];
  const read = parameterSchemas['kyc.approval'].safeParse(parameters);
  if (!read.success) return [];
  return rules.flatMap(({ id, reason, then }, at): PolicyProblem[] => {
    const said = thenSchemas['kyc.approval'].safeParse(then);
    if (!said.success) return [];
    const { queue: code, decision } = said.data;
    const queue = code === undefined ? undefined : queueOf(read.data.queues, code);
    const of = { severity: 'error', rule: id } as const;
    if (code !== undefined && queue === undefined)
      return [
        {
          ...of,
          pointer: `/rules/${at}/then/queue`,
          code: 'unknown_queue',
          detail: `there is no queue "${code}": add it to the queues first`,
        },
      ];
    if (reason !== seniorReason) return [];
    const law = 'senior management approves politically exposed persons (AMLR 2024/1624 art. 42)';
    if (!toPerson.has(decision))
      return [
        {
          ...of,
          pointer: `/rules/${at}/then/decision`,
          code: 'law',
          detail: `${law}: the row has to leave them to a person`,
        },
      ];
    if (queue === undefined || queue.permission === queuePermissions[1]) return [];
    return [
      {
        ...of,
        pointer: `/rules/${at}/then/queue`,
        code: 'law',
        detail: `${law}: the queue "${queue.name}" is decided by others`,
      },
    ];
  });
}

/** Who may decide what stands in a queue. Senior management's is the one that AMLR art. 42 asks for. */
export const queuePermissions = ['kyc.decide', 'pep.approve', 'mlro.decide'] as const;
export type QueuePermission = (typeof queuePermissions)[number];

/** Where the approval of a case waits, and whose it is: whoever holds the permission in the entity. */
export interface ApprovalQueue {
  /** For ever: rows and tasks name it. Lower case words joined by underscores. */
  readonly code: string;
  readonly name: string;
  readonly permission: QueuePermission;
}

/** The queues that every house has; a policy may name more beside them. */
export const houseQueues = [
  { code: 'compliance', name: 'Compliance', permission: 'kyc.decide' },
  { code: 'senior_approver', name: 'Senior management', permission: 'pep.approve' },
  { code: 'mlro', name: 'MLRO', permission: 'mlro.decide' },
] as const satisfies readonly ApprovalQueue[];

const [officers, seniors] = houseQueues;

export function isHouseQueue(code: string): boolean {
  return houseQueues.some((queue) => queue.code === code);
}

/** The queue of a code among the policy's own and the house's. */
export function queueOf(
  own: readonly ApprovalQueue[] | undefined,
  code: string,
): ApprovalQueue | undefined {
  return [...houseQueues, ...(own ?? [])].find((queue) => queue.code === code);
}

/** The reason that the law wants senior management for (AMLR 2024/1624 art. 42). */
export const seniorReason = 'PEP_POSSIBLE';

/** One row that asks for a person. */
export interface AskingRow {
  readonly reason: string;
  readonly title: string;
  readonly then: {
    readonly queue?: string;
    readonly dueHours?: number;
    readonly fourEyes?: boolean;
  };
}

export interface ApprovalRoute {
  readonly queue: ApprovalQueue;
  /** Business hours. */
  readonly dueHours: number;
}

export interface SeniorRoute extends ApprovalRoute {
  /** What an approval has to have named. */
  readonly reasons: readonly string[];
  readonly titles: readonly string[];
}

export interface ApprovalRouting {
  /** Senior management's approval, which comes first; null where no row asks for it. */
  readonly senior: SeniorRoute | null;
  /** The officer's review; null where senior management alone decides. */
  readonly review: ApprovalRoute | null;
}

/**
 * Who has to approve a case that rules do not approve. `rows` are those that hold and ask for a person, the gravest first:
 * the first that names a queue says where it waits, the shortest time counts. A row that names a queue of senior
 * management, or is about a politically exposed person, asks for their approval first; an officer reviews afterwards
 * where the row wants a second one or anything else speaks (`more`: other rows, data that is missing).
 */
export function routeApproval(
  own: readonly ApprovalQueue[] | undefined,
  rows: readonly AskingRow[],
  otherwise: { readonly dueHours: number; readonly more: boolean },
): ApprovalRouting {
  const named = rows.map((row) => ({ row, queue: queueOf(own, row.then.queue ?? '') }));
  const isSenior = ({ row, queue }: (typeof named)[number]): boolean =>
    row.reason === seniorReason || queue?.permission === seniors.permission;
  const [senior, others] = [named.filter(isSenior), named.filter((each) => !isSenior(each))];
  const hours = (of: typeof named): number => {
    const said = of.flatMap(({ row }) => row.then.dueHours ?? []);
    return said.length > 0 ? Math.min(...said) : otherwise.dueHours;
  };
  const isReviewed =
    senior.length === 0 ||
    others.length > 0 ||
    otherwise.more ||
    senior.some(({ row }) => row.then.fourEyes === true);
  return {
    senior:
      senior.length === 0
        ? null
        : {
            queue:
              senior.find(({ queue }) => queue?.permission === seniors.permission)?.queue ??
              seniors,
            dueHours: hours(senior),
            reasons: [...new Set(senior.map(({ row }) => row.reason))],
            titles: [...new Set(senior.map(({ row }) => row.title))],
          },
    review: isReviewed
      ? {
          queue: others.find(({ queue }) => queue !== undefined)?.queue ?? officers,
          dueHours: hours(others.length > 0 ? others : senior),
        }
      : null,
  };
}

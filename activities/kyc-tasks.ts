import { seniorReason, type ApprovalRoute, type SeniorRoute } from '../domain/kyc/approval-queues';
import type { SourceBasis } from '../domain/kyc/sources';
import { isReasonCode, reasonCodes } from '../domain/kyc/reason-codes';
import type { Evaluation } from '../domain/policy/evaluate';
import type { Tx } from '../db/connection';
import type { PolicyAnswer } from '../db/evaluations';
import type { IdentityCheck } from '../db/identity-checks';
import type { KycCase, KycIssue } from '../db/kyc';
import type { Screening } from '../db/screening';
import type { Examination } from './kyc-documents';
import { handOver } from './kyc-outcome';
import { editorsOf, screeningQuestion } from './screening-decisions';

/** What rules made of a submitted case: what its tasks say. */
export interface Assessment {
  readonly approval: PolicyAnswer<'kyc.approval'>;
  readonly examination: Examination;
  readonly risk: 'low' | 'medium' | 'high';
  readonly issues: readonly KycIssue[];
  readonly checks: readonly IdentityCheck[];
  /** Of the sources that policy asks for, those not declared and those not looked at: nobody is approved before. */
  readonly sources: {
    readonly missing: readonly SourceBasis[];
    readonly undecided: readonly SourceBasis[];
  };
}

/** The exact codes first, then what data is missing; each with the document it is about. */
export function issuesOf(
  evaluation: Evaluation<'kyc.approval'>,
  { documents }: Examination,
): readonly KycIssue[] {
  if (evaluation.outcome.decision === 'approve') return [];
  const coded = evaluation.outcome.reasons.map((code): KycIssue => {
    const about = documents.find(
      ({ status, checks }) =>
        status === 'new' &&
        checks.some((check) => check.result === 'failed' && check.code === code),
    );
    return {
      code,
      detail: wordsOf(code, evaluation),
      ...(about ? { document: about.id } : {}),
    };
  });
  const missing = evaluation.says.map((detail): KycIssue => ({ code: 'DATA_MISSING', detail }));
  return [...coded, ...missing];
}

function wordsOf(code: string, evaluation: Evaluation<'kyc.approval'>): string {
  const hit = evaluation.hits.find((each) => each.reason === code);
  if (hit) return `${hit.title} (${hit.source})`;
  return isReasonCode(code) ? reasonCodes[code].text.en : code;
}

export async function openReviewTask(
  tx: Tx,
  of: KycCase,
  review: {
    readonly issues: readonly KycIssue[];
    readonly assessment: Assessment;
    readonly approvals: 1 | 2;
    readonly to: ApprovalRoute;
  },
): Promise<void> {
  const { issues, assessment, approvals, to } = review;
  await handOver(
    tx,
    of,
    {
      kind: 'kyc_review',
      subject: of.id,
      clientId: of.clientId,
      title: `KYC review, round ${of.round}`,
      issue: issues.map((issue) => ({ ...issue })),
      content: contentOf(of, assessment, to),
      approvalsRequired: approvals,
      queue: to.queue,
      dueHours: to.dueHours,
      excluded: await editorsOf(tx, of.clientId),
    },
    issues,
  );
}

export async function openSeniorTask(
  tx: Tx,
  of: KycCase,
  { assessment, to }: { readonly assessment: Assessment; readonly to: SeniorRoute },
): Promise<void> {
  await handOver(
    tx,
    of,
    {
      kind: 'pep_approval',
      subject: of.id,
      clientId: of.clientId,
      title: to.reasons.includes(seniorReason)
        ? 'A politically exposed person applies'
        : `Senior management decides: ${to.titles.join(', ')}`.slice(0, 200),
      issue: assessment.issues.map((issue) => ({ ...issue })),
      content: contentOf(of, assessment, to),
      queue: to.queue,
      dueHours: to.dueHours,
      excluded: await editorsOf(tx, of.clientId),
    },
    assessment.issues,
  );
}

/** What an approver signs. */
function contentOf(
  of: KycCase,
  { approval, examination, risk, issues }: Assessment,
  { queue }: ApprovalRoute,
) {
  return {
    case: of.id,
    client: of.clientId,
    round: of.round,
    queue: queue.code,
    evaluation: approval.id,
    pins: [...approval.pins],
    risk,
    issues: issues.map((issue) => issue.code),
    documents: examination.documents.map(({ id, kind, slot }) => ({ id, kind, slot })),
  };
}

export async function openScreeningTask(tx: Tx, of: KycCase, screening: Screening): Promise<void> {
  await handOver(tx, of, {
    ...(await screeningQuestion(tx, of, screening)),
    excluded: await editorsOf(tx, of.clientId),
  });
}

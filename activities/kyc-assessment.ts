import { clientReasons, reasonCodes } from '../domain/kyc/reason-codes';
import {
  missingDeclarations,
  undecidedDeclarations,
  type SourceBasis,
} from '../domain/kyc/sources';
import {
  routeApproval,
  type ApprovalRouting,
  type SeniorRoute,
} from '../domain/kyc/approval-queues';
import { caseFacts, profileFacts } from '../domain/kyc/case-facts';
import { evaluate, type Evaluation } from '../domain/policy/evaluate';
import type { RuleHit } from '../domain/policy/kind';
import {
  type KycApprovalThen,
  kycDecisions,
  roundsMaxUnsaid,
  type KycDecision,
  type VerificationStep,
} from '../domain/policy/kinds/kyc-approval';
import { rows, type Tx } from '../db/connection';
import { gradeLevel } from '../db/client-levels';
import { decideByPolicy, type PolicyAnswer, type PolicyQuestion } from '../db/evaluations';
import { readCase, recordAssessment, type KycCase, type KycIssue, type RiskLevel } from '../db/kyc';
import {
  readApplication,
  readRequirements,
  wantedDeclarations,
  type Application,
} from '../db/kyc-requirements';
import { effectivePolicy, type PolicyInForce } from '../db/policies';
import { latestTask, type Task } from '../db/tasks';
import {
  askVerifiers,
  askableOf,
  clearHits,
  isOutside,
  issueOf,
  nearListedOf,
  waitForVerifiers,
} from './kyc-verifiers';
import type { IdentityCheck } from '../db/identity-checks';
import { examineDocuments, type Examination } from './kyc-documents';
import { approveCase, askClient, handOver, rejectCase } from './kyc-outcome';
import {
  issuesOf,
  openReviewTask,
  openScreeningTask,
  openSeniorTask,
  type Assessment,
} from './kyc-tasks';
import { screenParties } from './kyc-screening';
import { editorsOf } from './screening-decisions';
import type { ScreeningList } from './screening-list';

export interface AssessmentDeps {
  readonly list: ScreeningList;
  readonly now: Date;
}

/**
 * Brings a submitted case, whose row is locked, as far as rules can: documents, screening against the list of today, risk, and
 * policy. It runs again after every decision of a person, which is what makes it the final gate: nobody is
 * approved on an old list, and an approval covers the reasons its task named and no others.
 */
export async function assess(tx: Tx, of: KycCase, { list, now }: AssessmentDeps): Promise<void> {
  const application = await readApplication(tx, of);
  const today = now.toISOString().slice(0, 10);
  const examination = await examineDocuments(tx, application, today);
  const { steps = [] } = (
    await effectivePolicy(tx, 'kyc.approval', { entityId: of.entityId, openedAt: of.openedAt })
  ).compiled.effective.parameters;
  const checks = await askVerifiers(tx, application, steps);
  const screened = await screenParties(tx, application, {
    list,
    mrz: examination.mrz,
    now,
    hits: nearListedOf(checks),
    ageHoursMax: (await effectivePolicy(tx, 'kyc.approval', { entityId: of.entityId })).compiled
      .effective.parameters.screeningAgeHoursMax,
  });
  if (screened.open) {
    await openScreeningTask(tx, of, screened.open);
    return;
  }
  await clearHits(tx, checks);
  if (await waitForVerifiers(tx, of, checks)) return;
  const risk = await scoreRisk(tx, application, examination);
  const { outcome: scored } = risk.evaluation;
  const asked = await askedAtRisk(tx, application, scored.level);
  const wanted = wantedDeclarations(asked);
  const sources = {
    missing: missingDeclarations(wanted, application.sources),
    undecided: undecidedDeclarations(wanted, application.sources),
  };
  const approval = await decideApproval(tx, {
    kind: 'kyc.approval',
    subject: of.id,
    entityId: of.entityId,
    clientId: of.clientId,
    personId: application.holder.id,
    openedAt: of.openedAt,
    facts: caseFacts({
      profile: examination.profile,
      requirements: asked.requirements,
      sourcesDeclared: sources.missing.length === 0,
      documents: examination.documents,
      others: examination.others,
      screening: { verdict: 'clear', ageHours: screened.ageHours },
      risk: scored,
      duplicate: examination.duplicate,
      checks,
    }),
  });
  const issues = [
    ...issuesOf(approval.evaluation, examination),
    ...sources.undecided.map(undecidedIssue),
  ];
  await recordAssessment(tx, of.id, {
    pins: [...examination.pins, ...screened.pins, ...risk.pins, ...approval.pins],
    riskScore: scored.scoreMax,
    riskLevel: scored.level,
    issues,
  });
  await act(tx, await readCase(tx, of.id), {
    ...{ approval, examination, risk: scored.level, issues, checks, sources },
  });
  // What has been proven so far may count before the case is decided.
  const after = await readCase(tx, of.id);
  if (after.state !== 'approved' && after.state !== 'rejected') await gradeLevel(tx, after);
}

/** What is asked of a client of this risk, which is known from here on. */
async function askedAtRisk(tx: Tx, application: Application, riskLevel: RiskLevel) {
  return readRequirements(tx, { ...application, case: { ...application.case, riskLevel } });
}

const undecidedIssue = (basis: SourceBasis): KycIssue => ({
  code: 'SOURCE_UNDECIDED',
  detail: `${reasonCodes.SOURCE_UNDECIDED.text.en} (${basis})`,
});

/**
 * A case is decided by the version that it was opened under. What a mandatory rule of today's says beyond that is never
 * left out: then today's version decides, and both answers are kept.
 */
async function decideApproval(
  tx: Tx,
  question: PolicyQuestion<'kyc.approval'>,
): Promise<PolicyAnswer<'kyc.approval'>> {
  const own = await decideByPolicy(tx, question);
  const { openedAt: _, ...now } = question;
  const today = await effectivePolicy(tx, 'kyc.approval', { entityId: question.entityId });
  if (today.pins.join() === own.pins.join()) return own;
  const { hits, undecided } = evaluate(today.compiled, question.facts);
  const mandatory = mandatoryOf(today);
  const seen = new Set([...own.evaluation.hits, ...own.evaluation.undecided].map(hashOfHit));
  const isNew = [...hits, ...undecided].some(
    (hit) => mandatory.has(hit.ruleId) && !seen.has(hashOfHit(hit)),
  );
  return isNew ? decideByPolicy(tx, now) : own;
}

/** Rules that hold for every case, whatever version it keeps. */
function mandatoryOf({ compiled }: PolicyInForce<'kyc.approval'>): ReadonlySet<string> {
  return new Set(
    compiled.rules.filter(({ rule }) => rule.mandatory === true).map(({ rule }) => rule.id),
  );
}

/** The same row, asking the same. Where it is decided and by when is not what it asks: a case keeps that. */
function hashOfHit({ ruleId, reason, then }: RuleHit<KycApprovalThen>): string {
  return [ruleId, reason, then.decision, then.fourEyes === true].join(' ');
}

/** The risk score of the client as they are now, by the policy of now. */
export async function scoreRisk(
  tx: Tx,
  { case: of, holder }: Application,
  { profile }: Pick<Examination, 'profile'>,
): Promise<PolicyAnswer<'kyc.risk'>> {
  const { 'client.category': _category, ...facts } = profileFacts(profile, 'clear');
  return decideByPolicy(tx, {
    kind: 'kyc.risk',
    subject: of.id,
    entityId: of.entityId,
    clientId: of.clientId,
    personId: holder.id,
    facts,
  });
}

/** Does what policy says, as far as people have not said more. */
async function act(tx: Tx, of: KycCase, assessment: Assessment): Promise<void> {
  const { approval, issues, risk, sources } = assessment;
  const { outcome } = approval.evaluation;
  const isOpen = sources.missing.length > 0 || sources.undecided.length > 0;
  const review = await approvedReview(tx, of);
  if (outcome.decision === 'approve' && !isOpen) {
    if (await openStep(tx, of, assessment)) return;
    const by = review ? 'person' : 'policy';
    await approveCase(tx, of, { by, evaluation: approval.id, risk });
    return;
  }
  const routing = routingOf(approval, isOpen);
  const senior = await seniorApproval(tx, of, routing.senior);
  if (!isOpen && review && (await covers(tx, of, review, approval.evaluation))) {
    if (routing.senior && !senior)
      return openSeniorTask(tx, of, { assessment, to: routing.senior });
    return approveByPerson(tx, of, assessment);
  }
  if (outcome.decision === 'reject') {
    await rejectCase(tx, of, outcome.reasons.join(', '));
    return;
  }
  const isMissing = sources.missing.length > 0;
  const askable = clientReasons([
    ...outcome.reasons,
    ...(isMissing ? ['SOURCE_WANTED'] : []),
  ]).filter((reason) => reason.retryable);
  const isAsked = outcome.decision === 'request' || (outcome.decision === 'approve' && isMissing);
  if (isAsked && isToBeAskedByRule(of, assessment) && askable.length > 0) {
    await askClient(
      tx,
      of,
      askable.map((reason) => reason.code),
    );
    return;
  }
  if (routing.senior && !senior) return openSeniorTask(tx, of, { assessment, to: routing.senior });
  if (routing.review === null) return approveByPerson(tx, of, assessment);
  // Senior management is one of two people already; the officer is the other.
  const twoPeople = outcome.fourEyes && !senior;
  await openReviewTask(tx, of, {
    ...{ issues, assessment, approvals: twoPeople ? 2 : 1, to: routing.review },
  });
}

/** Whether rules may ask the client again; in the last round that the policy allows a person looks first. */
function isToBeAskedByRule(
  { round }: KycCase,
  { approval }: Pick<Assessment, 'approval'>,
): boolean {
  return round < (approval.parameters.roundsMax ?? roundsMaxUnsaid);
}

async function approveByPerson(tx: Tx, of: KycCase, assessment: Assessment): Promise<void> {
  if (await openStep(tx, of, assessment)) return;
  const { approval, risk } = assessment;
  await approveCase(tx, of, { by: 'person', evaluation: approval.id, risk });
}

/** Where the rows that ask for a person send the case, the gravest first. */
function routingOf(
  { evaluation, parameters }: PolicyAnswer<'kyc.approval'>,
  isOpen: boolean,
): ApprovalRouting {
  const gravity = (decision: KycDecision) => kycDecisions.indexOf(decision);
  const asking = evaluation.hits
    .filter(({ then }) => then.decision !== 'approve')
    .sort((a, b) => gravity(a.then.decision) - gravity(b.then.decision));
  return routeApproval(parameters.queues, asking, {
    dueHours: evaluation.outcome.dueHours,
    more: isOpen || evaluation.status !== 'decided',
  });
}

/** Senior management's approval, where it has named all that it is wanted for. */
async function seniorApproval(
  tx: Tx,
  of: KycCase,
  wanted: SeniorRoute | null,
): Promise<Task | undefined> {
  const task = await latestTask(tx, of.id, 'pep_approval');
  if (wanted === null || task?.decision !== 'approve') return undefined;
  const seen = new Set(task.issue.map((issue) => issue['code']));
  return wanted.reasons.every((reason) => seen.has(reason)) ? task : undefined;
}

/** A step, of one person where a verifier has looked at each; `subject` names it in tasks. */
interface StepToDo {
  readonly step: VerificationStep;
  readonly check: IdentityCheck | undefined;
  readonly subject: string;
}

/**
 * Sees to the first step that the policy wants and nobody has done; false when there is none left. What a verifier did not
 * pass goes to the client where they can mend it, and else to an officer.
 */
async function openStep(tx: Tx, of: KycCase, { approval, checks }: Assessment): Promise<boolean> {
  const steps = (approval.parameters.steps ?? []).flatMap((step): StepToDo[] => {
    // Of each person, where a verifier does it.
    const own = isOutside(step) ? checks.filter((check) => check.step === step.code) : [];
    if (own.length === 0) return [{ step, check: undefined, subject: `${of.id}/${step.code}` }];
    return own
      .filter(({ answer }) => answer !== 'passed')
      .map((check) => ({ step, check, subject: `${of.id}/${step.code}/${check.id}` }));
  });
  const done = await rows<{ subject: string }>(
    tx,
    `select subject from task where kind = 'kyc_step' and subject = any (:subjects) and decision = 'approve'`,
    { subjects: steps.map(({ subject }) => subject) },
  );
  const next = steps.find((each) => !done.some(({ subject }) => subject === each.subject));
  if (!next) return false;
  const { step, check, subject } = next;
  const codes = check ? askableOf(check) : [];
  if (codes.length > 0 && isToBeAskedByRule(of, { approval })) {
    await askClient(tx, of, codes);
    return true;
  }
  await handOver(tx, of, {
    kind: 'kyc_step',
    subject,
    clientId: of.clientId,
    title: step.name,
    issue: [
      { code: 'VERIFICATION_STEP', detail: step.instruction },
      ...(check ? issueOf(check) : []),
    ],
    content: {
      case: of.id,
      step: step.code,
      name: step.name,
      instruction: step.instruction,
      ...(check ? { check: check.id, answer: check.answer, reasons: [...check.reasons] } : {}),
    },
    approvalsRequired: step.fourEyes === true || check?.answer === 'refused' ? 2 : 1,
    excluded: await editorsOf(tx, of.clientId),
  });
  return true;
}

/** An officer's approval in this round. */
async function approvedReview(tx: Tx, of: KycCase): Promise<Task | undefined> {
  const task = await latestTask(tx, of.id, 'kyc_review');
  const counts = task?.decision === 'approve' && task.content['round'] === of.round;
  return counts ? task : undefined;
}

/** Whether the officer saw every reason that a mandatory rule of today's policy gives. */
async function covers(
  tx: Tx,
  of: KycCase,
  review: Task,
  evaluation: Evaluation<'kyc.approval'>,
): Promise<boolean> {
  const mandatory = mandatoryOf(
    await effectivePolicy(tx, 'kyc.approval', { entityId: of.entityId }),
  );
  const seen = new Set(review.issue.map((issue) => issue['code']));
  return [...evaluation.hits, ...evaluation.undecided]
    .filter((hit) => mandatory.has(hit.ruleId))
    .every((hit) => seen.has(hit.reason) || seen.has('DATA_MISSING'));
}

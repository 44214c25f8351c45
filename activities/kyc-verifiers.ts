import { clientReasons, isReasonCode, reasonCodes } from '../domain/kyc/reason-codes';
import { isPending } from '../domain/kyc/outside-check';
import type { VerificationStep } from '../domain/policy/kinds/kyc-approval';
import type { OutsideMatch } from '../domain/screening/outside';
import { workflowIds } from '../temporal-config/workflow-ids';
import type { Tx } from '../db/connection';
import type { Document } from '../db/documents';
import { askVerifier, checksOf, clearNearListed, type IdentityCheck } from '../db/identity-checks';
import { awaitOutside, type KycCase } from '../db/kyc';
import type { Application } from '../db/kyc-requirements';
import { setProcess } from '../db/processes';

/** So long an answer is waited for unless the step says otherwise. */
const answerHoursDefault = 72;

/** A step that an outside verifier does. */
export type OutsideStep = VerificationStep & { readonly verifier: string; readonly level: string };

export function isOutside(step: VerificationStep): step is OutsideStep {
  return step.verifier !== undefined && step.level !== undefined;
}

/** What verifiers have said of the papers that count now, of each step and person the last. */
export async function askVerifiers(
  tx: Tx,
  application: Application,
  steps: readonly VerificationStep[],
): Promise<readonly IdentityCheck[]> {
  const outside = steps.filter(isOutside);
  if (outside.length === 0) return [];
  const wanted = peopleOf(application).flatMap((order) =>
    outside.map((step) => ({ step, ...order })),
  );
  const before = await checksOf(tx, application.case.id);
  for (const { step, partyId, ids } of wanted) {
    if (standing(before, step, { partyId, ids })) continue;
    await askVerifier(tx, application.case, {
      partyId,
      provider: step.verifier,
      step: step.code,
      level: step.level,
      documents: ids,
      answerHoursMax: step.answerHoursMax ?? answerHoursDefault,
    });
  }
  const now = await checksOf(tx, application.case.id);
  return wanted.flatMap(({ step, partyId, ids }) => standing(now, step, { partyId, ids }) ?? []);
}

/** The natural persons who show papers, each with those that count. */
function peopleOf({
  holder,
  others,
  documents,
}: Application): { readonly partyId: string; readonly ids: readonly string[] }[] {
  return [holder, ...others.map(({ party }) => party)]
    .filter(({ kind }) => kind === 'individual')
    .map(({ id }) => ({
      partyId: id,
      ids: documents
        .filter((document) => isHandedOver(document, id))
        .map((document) => document.id)
        .sort(),
    }))
    .filter(({ partyId, ids }) => ids.length > 0 || partyId === holder.id);
}

/** What is not a proof of who somebody is, or where they live, is none of the verifier's business. */
function isHandedOver({ state, slot, partyId }: Document, of: string): boolean {
  return (
    partyId === of &&
    (state === 'new' || state === 'approved') &&
    (slot === 'identity' || slot === 'address' || slot === 'liveness')
  );
}

/** What was found of other papers than those that count now does not stand. */
function standing(
  checks: readonly IdentityCheck[],
  step: OutsideStep,
  { partyId, ids }: { readonly partyId: string; readonly ids: readonly string[] },
): IdentityCheck | undefined {
  return checks.findLast(
    (check) =>
      check.step === step.code &&
      check.partyId === partyId &&
      check.documents.join() === ids.join(),
  );
}

/** Leaves the case waiting where some verifier has not answered; false where all have. */
export async function waitForVerifiers(
  tx: Tx,
  of: KycCase,
  checks: readonly IdentityCheck[],
): Promise<boolean> {
  const pending = checks.filter(isPending);
  const [next] = pending;
  if (!next) return false;
  await awaitOutside(tx, of);
  await setProcess(tx, workflowIds.kyc(of.id), {
    state: 'in_review',
    waitsFor: `the verifier ${next.provider}`,
    due: next.dueAt,
  });
  return true;
}

/** By party: a verifier holds them for somebody on a list. */
export function nearListedOf(checks: readonly IdentityCheck[]): ReadonlyMap<string, OutsideMatch> {
  return new Map(
    checks.filter(({ nearListed }) => nearListed).map((check) => [check.partyId, matchOf(check)]),
  );
}

function matchOf({ provider, providerRef, id, answeredAt }: IdentityCheck): OutsideMatch {
  return {
    entryId: `${provider}:${providerRef ?? id}`,
    entryVersion: answeredAt ?? '',
    kind: 'individual',
    name: `somebody whom ${provider} knows`,
    programmes: [],
    score: 1,
  };
}

/** The screening is clear although verifiers knew somebody: people have found that it is another person. */
export async function clearHits(tx: Tx, checks: readonly IdentityCheck[]): Promise<void> {
  for (const { id, nearListed } of checks) if (nearListed) await clearNearListed(tx, id);
}

/** What a client can mend of it, in codes they may read. */
export function askableOf({ answer, reasons }: IdentityCheck): string[] {
  if (answer !== 'retry') return [];
  return clientReasons(reasons)
    .filter(({ retryable }) => retryable)
    .map(({ code }) => code);
}

/** What an officer who does the step instead is told of it. */
export function issueOf(check: IdentityCheck): { code: string; detail: string }[] {
  const said = {
    passed: 'found everything in order',
    retry: 'wants something else of the client',
    refused: 'does not stand by this person',
  } as const;
  const how =
    check.answer === null
      ? check.state === 'unasked'
        ? 'did not take the order'
        : 'did not answer in time'
      : said[check.answer];
  return [
    {
      code: 'VERIFIER',
      detail: [`${check.provider} ${how}`, ...check.labels].join(', '),
    },
    ...check.reasons.map((code) => ({
      code,
      detail: isReasonCode(code) ? reasonCodes[code].text.en : code,
    })),
  ];
}

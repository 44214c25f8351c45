import { kycLevels, evidenceFacts, type KycLevel } from '../domain/kyc/levels';
import { isCorroborated, sourceBases } from '../domain/kyc/sources';
import { nextLevelOf, type NextLevel } from '../domain/kyc/level-wants';
import { answersAsFact, missingAnswers } from '../domain/onboarding/questions';
import { slots } from '../domain/onboarding/checklist';
import { answerFacts } from '../domain/policy/answer-facts';
import { evaluate } from '../domain/policy/evaluate';
import type { Facts } from '../domain/policy/fact';
import { notFound } from '../domain/problem';
import { asSystem, rows, utc, type Tx } from './connection';
import { decideByPolicy } from './evaluations';
import { appendEvents } from './events';
import { checksOf } from './identity-checks';
import { latestCase, type KycCase } from './kyc';
import {
  readApplication,
  readRequirements,
  requiredDetails,
  type Application,
} from './kyc-requirements';
import { effectivePolicy } from './policies';

/**
 * Gives the client the level that the case's own version of `kyc.levels` gives what the case has brought, up or down, and
 * keeps the evaluation. Runs as the system; answers the level.
 */
export async function gradeLevel(tx: Tx, of: KycCase): Promise<KycLevel> {
  const application = await readApplication(tx, of);
  const answer = await decideByPolicy(tx, {
    kind: 'kyc.levels',
    subject: of.id,
    entityId: of.entityId,
    clientId: of.clientId,
    personId: application.holder.id,
    facts: await levelFacts(tx, application),
    openedAt: of.openedAt,
  });
  const { level, reasons } = answer.evaluation.outcome;
  const from = application.client.kycLevel;
  await rows(
    tx,
    `update client set kyc_level = :level, kyc_level_evaluation = :evaluation,
       kyc_level_at = case when kyc_level <> :level or kyc_level_at is null then clock_timestamp() else kyc_level_at end
     where id = :clientId`,
    { clientId: of.clientId, level, evaluation: answer.id },
  );
  if (level !== from)
    await appendEvents(tx, [
      {
        subject: of.clientId,
        type: 'client.level_changed',
        entityId: of.entityId,
        clientId: of.clientId,
        payload: {
          ...{ from, to: level, case: of.id, evaluation: answer.id },
          ...{ pins: [...answer.pins], reasons: [...reasons] },
        },
      },
    ]);
  return level;
}

/** What the case has brought, in the words of `kyc.levels`: documents count once they are accepted. */
async function levelFacts(tx: Tx, application: Application): Promise<Facts> {
  const { case: of, client, holder, personal, answers, documents, sources } = application;
  const { requirements, questions } = await readRequirements(tx, application);
  const isProven = (slot: (typeof slots)[number]): boolean => {
    if (sourceBases.some((basis) => basis === slot && isCorroborated(basis, sources))) return true;
    const accepted = documents.filter(
      (each) => each.partyId === holder.id && each.slot === slot && each.state === 'approved',
    );
    const needed = requirements.find((each) => each.slot === slot)?.count ?? 1;
    return accepted.length >= Math.max(1, needed);
  };
  return {
    'case.approved': of.state === 'approved',
    ...Object.fromEntries(slots.map((slot) => [evidenceFacts[slot], isProven(slot)])),
    'details.complete':
      holder.kind === 'organisation' ||
      requiredDetails.every((field) => personal[field] !== undefined),
    'questionnaire.complete':
      answers !== undefined && missingAnswers(questions, answers.questionnaire ?? {}).length === 0,
    'questionnaire.answers': answersAsFact(answers?.questionnaire),
    ...answerFacts(questions, answers?.questionnaire),
    'steps.done': await stepsDone(tx, of),
    'client.type': client.kind,
    'client.category': client.category,
    'client.residence': client.residence,
    'client.pep': answers?.pep ?? null,
    'risk.level': client.riskLevel ?? of.riskLevel,
  };
}

/** Codes of the steps that an officer has approved, or an outside verifier passed. */
async function stepsDone(tx: Tx, of: KycCase): Promise<string[]> {
  const byOfficers = await rows<{ step: string | null }>(
    tx,
    `select distinct content->>'step' as step from task
     where workflow_id = 'kyc/' || :caseId and kind = 'kyc_step' and decision = 'approve' limit 50`,
    { caseId: of.id },
  );
  const byVerifiers = (await checksOf(tx, of.id)).filter(({ answer }) => answer === 'passed');
  const done = [
    ...byOfficers.flatMap(({ step }) => step ?? []),
    ...byVerifiers.map(({ step }) => step),
  ];
  return [...new Set(done)].sort();
}

export interface LevelView {
  readonly level: KycLevel;
  /** What the house calls it. */
  readonly name: string;
  /** Null of a level from before levels were kept with their evaluation. */
  readonly since: string | null;
  readonly evaluationId: string | null;
  readonly next: (NextLevel & { readonly name: string }) | undefined;
}

interface LevelRow {
  readonly level: number;
  readonly at: string | null;
  readonly evaluation: string | null;
  readonly entity_id: string;
}

/** The client's level and what the next one asks for, by the version that their case keeps. Reads only. */
export async function readLevel(tx: Tx, clientId: string): Promise<LevelView> {
  const [row] = await rows<LevelRow>(
    tx,
    `select kyc_level as level, kyc_level_at as at, kyc_level_evaluation as evaluation, entity_id
     from client where id = :clientId`,
    { clientId },
  );
  if (!row) throw notFound('client');
  // Whoever may see the client may know how far they are; tasks and checks that it hangs on are colleagues' alone.
  return asSystem(tx, (system) => levelOf(system, clientId, row));
}

async function levelOf(tx: Tx, clientId: string, row: LevelRow): Promise<LevelView> {
  const of = await latestCase(tx, clientId);
  const { compiled } = await effectivePolicy(tx, 'kyc.levels', {
    entityId: row.entity_id,
    ...(of === undefined ? {} : { openedAt: of.openedAt }),
  });
  const { names = [] } = compiled.effective.parameters;
  const nameOf = (level: number): string =>
    names.find((each) => each.level === level)?.name ?? `Level ${level}`;
  const level = kycLevels.find((each) => each === row.level) ?? 0;
  const facts = of === undefined ? {} : await levelFacts(tx, await readApplication(tx, of));
  const evaluation = evaluate(compiled, facts);
  const next = nextLevelOf(
    { ...evaluation, outcome: { ...evaluation.outcome, level } },
    compiled.rules.map(({ rule }) => rule),
  );
  return {
    level,
    name: nameOf(level),
    since: row.at === null ? null : utc(row.at),
    evaluationId: row.evaluation,
    next: next && { ...next, name: nameOf(next.level) },
  };
}

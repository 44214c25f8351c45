import { hashOfWarning } from '../domain/client/category';
import { newId } from '../domain/ids';
import {
  answerProblems,
  answersAsFact,
  missingAnswers,
  type QuestionAnswers,
} from '../domain/onboarding/questions';
import { answerFacts } from '../domain/policy/answer-facts';
import type { ParametersOf } from '../domain/policy/kinds/registry';
import { conflict, malformed, notFound, refused } from '../domain/problem';
import { readClient } from './clients';
import { asSystem, rows, utc, type Tx } from './connection';
import { decideByPolicy } from './evaluations';
import { appendEvents, canonical } from './events';
import { encryptFor } from './personal-data';
import { effectivePolicy } from './policies';

/** A test that a client took. Answers are kept as their ciphertext, and version and trace with the evaluation. */
export interface AppropriatenessTest {
  readonly id: string;
  readonly clientId: string;
  readonly entityId: string;
  readonly evaluationId: string;
  readonly outcome: 'appropriate' | 'not_appropriate';
  readonly warningHash: string | null;
  /** When the client may go on in spite of the warning; null where there is none. */
  readonly mayGoOnAt: string | null;
  readonly acknowledgedAt: string | null;
  readonly takenAt: string;
}

interface TestRow {
  readonly id: string;
  readonly client_id: string;
  readonly entity_id: string;
  readonly evaluation_id: string;
  readonly outcome: AppropriatenessTest['outcome'];
  readonly warning_hash: string | null;
  readonly may_go_on_at: string | null;
  readonly acknowledged_at: string | null;
  readonly taken_at: string;
}

const columns = `id, client_id, entity_id, evaluation_id, outcome, warning_hash, may_go_on_at, acknowledged_at, taken_at`;

function fromRow(row: TestRow): AppropriatenessTest {
  const time = (text: string | null) => (text === null ? null : utc(text));
  return {
    id: row.id,
    clientId: row.client_id,
    entityId: row.entity_id,
    evaluationId: row.evaluation_id,
    outcome: row.outcome,
    warningHash: row.warning_hash,
    mayGoOnAt: time(row.may_go_on_at),
    acknowledgedAt: time(row.acknowledged_at),
    takenAt: utc(row.taken_at),
  };
}

/** The client's tests that the scope may see, the newest first. */
export async function testsOfClient(
  tx: Tx,
  clientId: string,
  { after, limit }: { readonly after?: string; readonly limit: number },
): Promise<AppropriatenessTest[]> {
  const found = await rows<TestRow>(
    tx,
    `select ${columns} from appropriateness_test where client_id = :clientId and (:after::text is null or id < :after)
     order by id desc limit :limit`,
    { clientId, after: after ?? null, limit },
  );
  return found.map(fromRow);
}

export async function lastTest(tx: Tx, clientId: string): Promise<AppropriatenessTest | undefined> {
  return (await testsOfClient(tx, clientId, { limit: 1 }))[0];
}

/** What the policy of the client's entity asks, and how it warns. */
export async function testOfEntity(
  tx: Tx,
  entityId: string,
): Promise<ParametersOf<'client.appropriateness'>> {
  const { compiled } = await effectivePolicy(tx, 'client.appropriateness', { entityId });
  return compiled.effective.parameters;
}

/** Minutes in which nobody takes the test again: the right answers are not to be found by trying. */
const againMinutes = 60;

/**
 * The client answers, and the policy says whether trading is appropriate. Throws 400 with each answer that is missing or
 * cannot be, 409 `taken_lately`, 422 `no_test` where the entity asks nothing.
 */
export async function takeTest(
  tx: Tx,
  clientId: string,
  answers: QuestionAnswers,
): Promise<AppropriatenessTest> {
  const client = await readClient(tx, clientId);
  const { entityId } = client;
  const { questions, warning, coolingHours } = await testOfEntity(tx, entityId);
  if (questions.length === 0) throw refused('no_test', 'Your contract partner asks nothing.');
  assertAnswered(questions, answers);
  return asSystem(tx, async (system) => {
    await rows(system, 'select 1 from client where id = :clientId for update', { clientId });
    const last = await lastTest(system, clientId);
    if (last && Date.now() - Date.parse(last.takenAt) < againMinutes * 60_000)
      throw conflict('taken_lately', `The test can be taken again after ${againMinutes} minutes.`);
    const id = newId('appropriatenessTest');
    const answer = await decideByPolicy(system, {
      ...{ kind: 'client.appropriateness', subject: id, entityId, clientId, personId: clientId },
      facts: {
        'questionnaire.answers': answersAsFact(answers),
        ...answerFacts(questions, answers),
        'client.category': client.category,
        'client.residence': client.residence,
      },
    });
    const { decision, score } = answer.evaluation.outcome;
    const isWarned = decision === 'not_appropriate';
    const [row] = await rows<TestRow>(
      system,
      `insert into appropriateness_test (id, client_id, entity_id, answers_ct, evaluation_id, outcome, warning_hash, may_go_on_at)
       values (:id, :clientId, :entityId, :answers, :evaluationId, :decision, :warningHash,
         case when :isWarned then clock_timestamp() + make_interval(hours => :coolingHours::int) end) returning ${columns}`,
      {
        ...{ id, clientId, entityId, evaluationId: answer.id, decision, isWarned, coolingHours },
        answers: await encryptFor(
          system,
          clientId,
          'appropriateness.answers',
          canonical(JSON.parse(JSON.stringify(answers)) as Parameters<typeof canonical>[0]),
        ),
        warningHash: isWarned ? hashOfWarning(warning) : null,
      },
    );
    if (!row) throw new Error('the test was not inserted');
    const test = fromRow(row);
    await appendEvents(system, [
      eventOf(test, 'client.appropriateness_tested', {
        ...{ outcome: decision, score, evaluation: answer.id },
      }),
    ]);
    return test;
  });
}

function assertAnswered(
  questions: ParametersOf<'client.appropriateness'>['questions'],
  answers: QuestionAnswers,
): void {
  const problems = [
    ...missingAnswers(questions, answers).map((code) => ({ code, detail: 'is required' })),
    ...answerProblems(questions, answers),
  ];
  if (problems.length === 0) return;
  throw malformed(
    'Some answers are missing or cannot be used.',
    problems.map(({ code, detail }) => ({ pointer: `/body/answers/${code}`, detail })),
  );
}

/**
 * The client has read the warning and goes on all the same, never at once. Throws 404 without a warning, 409 `cooling`
 * before the time, `already_acknowledged`.
 */
export async function acknowledgeWarning(
  tx: Tx,
  clientId: string,
  id: string,
): Promise<AppropriatenessTest> {
  const test = await lastTest(tx, clientId);
  if (test?.id !== id || test.mayGoOnAt === null) throw notFound('test');
  if (test.acknowledgedAt !== null)
    throw conflict('already_acknowledged', 'You have acknowledged the warning already.');
  return asSystem(tx, async (system) => {
    const [row] = await rows<TestRow>(
      system,
      `update appropriateness_test set acknowledged_at = clock_timestamp()
       where id = :id and acknowledged_at is null and may_go_on_at <= clock_timestamp() returning ${columns}`,
      { id },
    );
    if (!row)
      throw conflict('cooling', 'Please take your time: this is possible later.', {
        from: test.mayGoOnAt,
      });
    const acknowledged = fromRow(row);
    await appendEvents(system, [
      eventOf(acknowledged, 'client.warning_acknowledged', {
        ...(acknowledged.warningHash === null ? {} : { warning: acknowledged.warningHash }),
      }),
    ]);
    return acknowledged;
  });
}

/**
 * Whoever was warned acknowledges the warning before opening an account; where the policy wants it, a retail client takes
 * the test first. Throws 422 `warning_open` or `test_first`. A demo account needs neither.
 */
export async function assertTested(tx: Tx, clientId: string): Promise<void> {
  const { entityId, category } = await readClient(tx, clientId);
  if (category !== 'retail') return;
  const test = await lastTest(tx, clientId);
  if (test === undefined) {
    const { isRequired, questions } = await testOfEntity(tx, entityId);
    if (!isRequired || questions.length === 0) return;
    throw refused('test_first', 'Please answer a few questions first: Profile, Experience.');
  }
  if (test.outcome === 'appropriate' || test.acknowledgedAt !== null) return;
  throw refused(
    'warning_open',
    'By your answers this is not appropriate for you. To go on all the same, read the warning under Profile, Experience.',
    { from: test.mayGoOnAt },
  );
}

function eventOf(
  { id, clientId, entityId }: AppropriatenessTest,
  type: `client.${string}`,
  payload: { readonly [key: string]: string | number },
) {
  return { subject: id, type, ...{ entityId, clientId }, payload };
}

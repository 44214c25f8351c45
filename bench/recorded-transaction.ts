import type { Client } from 'pg';
import { isId, newId } from '../domain/ids';
import { permissionsOf } from '../domain/access/roles';
import type { StaffScope } from '../domain/access/scope';
import { runCommand } from '../db/command';
import { decide } from '../db/task-decisions';
import type { Stage } from '../tests/processes/stage';

/** A task that waits for a decision. */
export interface Question {
  readonly taskId: string;
  readonly withdrawalId: string;
  readonly clientId: string;
  readonly contentHash: string;
  readonly version: number;
}

interface Statement {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** What the product sent to PostgreSQL to decide one task. */
export interface RecordedTransaction {
  readonly of: Question;
  readonly statements: readonly Statement[];
}

/** Decides the task by the product's own command, and keeps every statement that it sends. */
export async function recordDecision(
  stage: Stage,
  userId: string,
  question: Question,
): Promise<RecordedTransaction> {
  const statements: Statement[] = [];
  const keep = ({ sql, bindings }: { sql: string; bindings?: readonly unknown[] }) =>
    void statements.push({ sql, values: bindings ?? [] });
  const scope: StaffScope = {
    ...{ kind: 'staff', actor: `user:${userId}`, userId, entities: ['off'], restricted: false },
    ...{ roles: ['finance'], permissions: permissionsOf(['finance']) },
  };
  const { taskId, contentHash, version } = question;
  stage.db.pool.on('query', keep);
  try {
    await runCommand(
      stage.db,
      { scope, route: 'bench', key: newId('command'), keyRequired: true, body: { taskId } },
      async (tx) => {
        const decided = await decide(tx, {
          ...{ taskId, contentHash, expectedVersion: version },
          ...{ decision: 'approve', reason: 'In order.' },
        });
        return { status: 200, body: { state: decided.state } };
      },
    );
  } finally {
    stage.db.pool.removeListener('query', keep);
  }
  return { of: question, statements };
}

/** Sends the same statements about another task, one after the other; answers how many milliseconds they took. */
export async function repeat(
  client: Client,
  { of, statements }: RecordedTransaction,
  question: Question,
): Promise<number> {
  const names = new Map<string, string>([
    [of.taskId, question.taskId],
    [of.withdrawalId, question.withdrawalId],
    [of.clientId, question.clientId],
    [of.contentHash, question.contentHash],
  ]);
  // Keys and ids of commands are unique: each stands for a new one, wherever it is said.
  for (const { values } of statements)
    for (const value of values)
      if (typeof value === 'string' && isId('command', value) && !names.has(value))
        names.set(value, newId('command'));
  const about = (value: unknown): unknown =>
    typeof value === 'string'
      ? [...names].reduce((text, [from, to]) => text.replaceAll(from, to), value)
      : Array.isArray(value)
        ? value.map(about)
        : value;
  const ready = statements.map(({ sql, values }) => ({ text: sql, values: values.map(about) }));
  const start = performance.now();
  for (const statement of ready) await client.query(statement);
  return performance.now() - start;
}

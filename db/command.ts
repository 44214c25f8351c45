import { createHash } from 'node:crypto';
import { conflict, malformed } from '../domain/problem';
import type { Scope } from '../domain/access/scope';
import { canonical, type Json } from './events';
import { inScope, rows, type Database, sendAhead, type Tx } from './connection';
import { decryptFor, encryptFor, erasedText, expectKey, personOfActor } from './personal-data';

export interface Answer {
  readonly status: number;
  readonly body: Json;
}

export interface Command {
  readonly scope: Scope;
  /** `POST /api/v1/withdrawals`: a key is bound to the route it was first used on. */
  readonly route: string;
  readonly key: string | undefined;
  /** Money and decisions demand a key: without one a lost answer could not be asked for again. */
  readonly keyRequired: boolean;
  readonly body: Json;
}

/**
 * A person's command: one transaction of the idempotency row, the conditional change, its events and the outbox.
 * The same key and body is answered with the first answer; another body is 409 `idempotency_mismatch`.
 * What `work` throws rolls everything back, the key included, so a refused command can be corrected and sent again.
 * The answer is kept as the caller's ciphertext: it may tell of anybody.
 */
export async function runCommand(
  db: Database,
  command: Command,
  work: (tx: Tx) => Promise<Answer>,
): Promise<Answer> {
  const { scope, key } = command;
  if (key === undefined) {
    if (command.keyRequired) {
      throw malformed('This command needs an Idempotency-Key header.', [
        { pointer: '/headers/idempotency-key', detail: 'is required' },
      ]);
    }
    return inScope(db, scope, work);
  }
  if (!/^[\x21-\x7e]{1,200}$/.test(key)) {
    throw malformed('Idempotency-Key is 1 to 200 visible ASCII characters.', [
      { pointer: '/headers/idempotency-key', detail: 'is not 1 to 200 visible ASCII characters' },
    ]);
  }
  const bodyHash = createHash('sha256')
    .update(canonical({ route: command.route, body: command.body }))
    .digest('hex');
  return inScope(db, scope, async (tx) => {
    // A second request with the key waits here until the first has committed or rolled back.
    const claiming = rows(
      tx,
      `insert into idempotency (actor, key, route, body_hash) values (:actor, :key, :route, :bodyHash)
       on conflict (actor, key) do nothing returning 1`,
      { actor: scope.actor, key, route: command.route, bodyHash },
    );
    expectKey(tx, personOfActor(scope.actor));
    const inserted = await claiming;
    if (inserted.length === 0) return storedAnswer(tx, { actor: scope.actor, key, bodyHash });
    const answer = await work(tx);
    await sendAhead(
      tx,
      'update idempotency set status = :status, answer_ct = :answer where actor = :actor and key = :key',
      {
        status: answer.status,
        answer: await encryptFor(
          tx,
          personOfActor(scope.actor),
          'answer',
          JSON.stringify(answer.body),
        ),
        actor: scope.actor,
        key,
      },
    );
    return answer;
  });
}

async function storedAnswer(
  tx: Tx,
  { actor, key, bodyHash }: { actor: string; key: string; bodyHash: string },
): Promise<Answer> {
  const [row] = await rows<{ body_hash: string; status: number; answer_ct: string | null }>(
    tx,
    'select body_hash, status, answer_ct from idempotency where actor = :actor and key = :key',
    { actor, key },
  );
  if (!row || row.body_hash !== bodyHash) {
    throw conflict('idempotency_mismatch', 'This Idempotency-Key was used for another command.');
  }
  const answer =
    row.answer_ct === null
      ? erasedText
      : await decryptFor(tx, personOfActor(actor), 'answer', row.answer_ct);
  if (answer === erasedText) {
    throw conflict('answer_gone', 'This was done before, and its answer is not kept any more.');
  }
  // A parser: what JSON.parse answers is Json by its definition.
  return { status: row.status, body: JSON.parse(answer) as Json };
}

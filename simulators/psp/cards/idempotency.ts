import { createHash } from 'node:crypto';
import { type Answer, type Call } from '../../http/server';
import { type Change } from '../../journal/journal';
import { type Psp } from '../psp';
import { put } from '../state';
import { accountOf } from './accounts';
import { ApiError } from './errors';

export interface Attempt {
  readonly answer: Answer;
  readonly changes: readonly Change[];
}

/**
 * Runs a write once per Idempotency-Key: the same key with the same parameters gives the first
 * answer (an error of the server's included), other parameters an `idempotency_error`.
 * The answer is kept in the commit that carries out the request; a request that throws ApiError
 * was never begun, and nothing is kept.
 */
export function once(
  psp: Psp,
  call: Call,
  save: (changes: readonly Change[]) => void,
  run: () => Attempt,
  instead?: Answer,
): Answer {
  const given = call.headers['idempotency-key'];
  if (typeof given !== 'string') {
    const attempt = run();
    save(attempt.changes);
    return instead ?? attempt.answer;
  }
  // Each account has keys of its own.
  const account = accountOf(psp, call);
  const key = account === 'stripe_2' ? `stripe_2/${given}` : given;
  const requestHash = createHash('sha256')
    .update(`${call.method} ${call.target}\n`)
    .update(call.raw)
    .digest('hex');
  const kept = psp.state.get('answers', key);
  if (kept) {
    if (kept.requestHash !== requestHash) throw keyReused(given);
    return { ...replayed, status: kept.status, body: kept.body };
  }
  const attempt = run();
  const answer = instead ?? attempt.answer;
  const row = { requestHash, status: answer.status, body: answer.body.toString() };
  save([...attempt.changes, put('answers', key, row)]);
  return answer;
}

const replayed = {
  headers: { 'content-type': 'application/json', 'idempotent-replayed': 'true' },
};

function keyReused(key: string): ApiError {
  return new ApiError(400, {
    type: 'idempotency_error',
    message: `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
  });
}

import { createHash } from 'node:crypto';
import { type Change } from '../../journal/journal';
import { type Answer, type Call } from '../../http/server';
import { commit, type Psp } from '../psp';
import { put } from '../state';

/**
 * Runs a write once for each key. The same key with the same body gives the first answer again, with another body
 * what `conflict` says. The answer is kept in the commit that carries out the request; a refusal is not kept.
 */
export function onceForKey(
  psp: Psp,
  { call, key, conflict, instead }: KeyedCall,
  run: () => { readonly answer: Answer; readonly changes: readonly Change[] },
): Answer {
  const requestHash = createHash('sha256')
    .update(`${call.target}\n`)
    .update(call.raw)
    .digest('hex');
  const kept = psp.state.get('answers', key);
  if (kept) {
    if (kept.requestHash !== requestHash) return conflict;
    return {
      status: kept.status,
      headers: { 'content-type': 'application/json' },
      body: kept.body,
    };
  }
  const { answer, changes } = run();
  if (answer.status >= 400) return answer;
  const row = { requestHash, status: answer.status, body: answer.body.toString() };
  commit(psp, [...changes, put('answers', key, row)]);
  return instead ?? answer;
}

interface KeyedCall {
  readonly call: Call;
  readonly key: string;
  readonly conflict: Answer;
  /** Given to the caller in place of the answer, which is kept all the same. */
  readonly instead?: Answer | undefined;
}

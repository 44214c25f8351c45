import { type Fault } from '../faults/faults';
import { json, type Answer, type Call, type Reply } from '../http/server';
import { type Operation, type Psp } from './psp';

/** Kinds of fault that befall a request; the others befall webhooks and settlements. */
export const requestFaults = [
  'webhook_before_answer',
  'lose_request',
  'lose_reply_after_accept',
  'error_before_accept',
  'error_after_accept',
  'refuse',
  'slow',
  'hang',
  'rate_limited',
] as const;

/**
 * Carries out an operation with whatever fault waits for it.
 * `apply` does it durably and answers; given an answer, it keeps that one as what was answered. `refuse` says no
 * in the words of the wire.
 */
export async function perform(
  psp: Psp,
  operation: Operation,
  call: Call,
  apply: (instead?: Answer) => Answer,
  refuse: (fault: Fault) => Answer = refusal,
): Promise<Reply> {
  const content = `${call.target}\n${call.raw.toString('utf8')}`;
  const fault = psp.faults.take(requestFaults, { operation, content });
  switch (fault?.kind) {
    case 'slow':
      await new Promise((resolve) => setTimeout(resolve, fault.ms ?? 2_000));
      return apply();
    case 'rate_limited':
      return failure(429, 'rate_limit', 'Too many requests hit the API too quickly.');
    case 'refuse':
      return refuse(fault);
    case 'lose_request':
      return 'drop';
    case 'error_before_accept':
      return failure(fault.status ?? 500, 'api_error', 'An error occurred.');
    case 'error_after_accept': {
      const instead = failure(fault.status ?? 500, 'api_error', 'An error occurred.');
      apply(instead);
      return instead;
    }
    case 'lose_reply_after_accept':
      apply();
      return 'drop';
    case 'hang':
      apply();
      return 'hang';
    case 'webhook_before_answer': {
      const answer = apply();
      psp.settlements.arm();
      await new Promise((resolve) => setTimeout(resolve, psp.settleMs));
      await psp.webhooks.flush(5_000);
      return answer;
    }
    default:
      return apply();
  }
}

function refusal(fault: Fault): Answer {
  const code = fault.code ?? 'refused';
  return json(fault.status ?? 400, {
    error: {
      type: fault.status === 402 ? 'card_error' : 'invalid_request_error',
      code,
      message: fault.message ?? `Refused: ${code}.`,
    },
  });
}

function failure(status: number, code: string, message: string): Answer {
  return json(status, {
    error: { type: status === 429 ? 'invalid_request_error' : 'api_error', code, message },
  });
}

import { type Refused, type Unknown } from '../../../domain/trading/outcome';
import { type Fields, MalformedAnswer, parseJson, record } from '../fields';
import { notSent, unknown } from '../outcomes';
import { describeError, errorNumber, refusalOf } from './error-code';
import { errorCodeOf, type WebWriteReply } from './web-services';

export type Classified = { readonly kind: 'done'; readonly answer: Fields } | Refused | Unknown;

/** Sorts the end of a write into its three kinds; what is not certain is unknown. */
export function classifyWrite(reply: WebWriteReply): Classified {
  switch (reply.kind) {
    case 'not_sent':
      return notSent('SERVER_UNAVAILABLE', reply.reason);
    case 'no_answer':
      return unknown(reply.reason);
    case 'answered':
      return classifyAnswer(reply.status, reply.body);
    default:
      return reply satisfies never;
  }
}

function classifyAnswer(status: number, body: string): Classified {
  if (status >= 200 && status < 300) return readDone(body);
  const errorCode = errorCodeOf(body);
  const code = errorCode === null || status >= 500 ? null : refusalOf(errorCode);
  const reason = errorCode === null ? `HTTP ${status}` : describeError(errorCode);
  const platformCode = errorCode === null ? null : errorNumber(errorCode);
  if (code === null) return unknown(reason, platformCode);
  return { kind: 'refused', code, reason, platformCode, notSent: false };
}

/** An empty body is an answer too: updates are confirmed by their status. */
function readDone(body: string): Classified {
  if (body.trim() === '') return { kind: 'done', answer: {} };
  try {
    return { kind: 'done', answer: record(parseJson(body), 'the answer') };
  } catch (error) {
    if (error instanceof MalformedAnswer) return unknown(error.message);
    throw error;
  }
}

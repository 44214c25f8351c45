import { type Refused, type Unknown } from '../../../domain/trading/outcome';
import { notSent, unknown } from '../outcomes';
import { classifyRetcode, describeRetcode } from './retcode';
import { type WriteReply } from './session';

export type Classified = { readonly kind: 'done'; readonly answer: unknown } | Refused | Unknown;

/** Sorts the end of a write into its three kinds; what is not certain is unknown. */
export function classifyWrite(reply: WriteReply): Classified {
  switch (reply.kind) {
    case 'not_sent':
      return notSent('SERVER_UNAVAILABLE', reply.reason);
    case 'no_answer':
      return unknown(reply.reason);
    case 'answered': {
      const verdict = classifyRetcode(reply.retcode);
      const reason = describeRetcode(reply.retcode);
      switch (verdict.kind) {
        case 'done':
          return { kind: 'done', answer: reply.answer };
        case 'refused':
          return {
            kind: 'refused',
            code: verdict.code,
            reason,
            platformCode: reply.retcode,
            notSent: false,
          };
        case 'unknown':
          return unknown(reason, reply.retcode);
        default:
          return verdict satisfies never;
      }
    }
    default:
      return reply satisfies never;
  }
}

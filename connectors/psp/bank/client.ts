import { parseJson, sendOnce } from '../http';
import { refusedBy } from '../answers';
import { type Refused, type Unknown } from '../port';
import { signatureHeader, signRequest } from './signature';
import { errorSchema } from './wire';

export interface BankConfig {
  /** The bank's origin, such as `https://api.bank.example`. */
  readonly apiUrl: string;
  readonly key: string;
  readonly timeoutMs?: number;
}

/** An answer that was read whole and means something definite. */
export interface Answered {
  readonly kind: 'answered';
  readonly status: number;
  readonly body: unknown;
}

/** Sends one signed request, once. Whatever is not a whole answer below 500 is unknown. */
export async function callBank(
  config: BankConfig,
  method: 'GET' | 'POST',
  target: string,
  payload?: unknown,
): Promise<Answered | Refused | Unknown> {
  const body = payload === undefined ? '' : JSON.stringify(payload);
  const signature = signRequest(config.key, { method, target, body }, new Date());
  const reply = await sendOnce('bank', {
    method,
    url: new URL(target, config.apiUrl),
    headers: { 'content-type': 'application/json', [signatureHeader]: signature },
    ...(payload === undefined ? {} : { body }),
    timeoutMs: config.timeoutMs ?? 20_000,
  });
  return reply.kind === 'answered' ? understand(reply.status, parseJson(reply.text)) : reply;
}

function understand(status: number, body: unknown): Answered | Refused | Unknown {
  if (body === undefined) return { kind: 'unknown', reason: `status ${status}` };
  if (status < 400 || status === 409) return { kind: 'answered', status, body };
  const parsed = errorSchema.safeParse(body);
  // A refusal that does not say what it refuses may come from something in between.
  if (!parsed.success) return { kind: 'unknown', reason: `status ${status}` };
  return refusedBy('bank', parsed.data.error.code);
}

import { refusedBy, type Refused, type Unknown } from '../port';
import { signatureHeader, signRequest } from './signature';
import { errorSchema, parseJson } from './wire';

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

const notConnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

/** Sends one signed request, once. Whatever is not a whole answer below 500 is unknown. */
export async function callBank(
  config: BankConfig,
  method: 'GET' | 'POST',
  target: string,
  payload?: unknown,
): Promise<Answered | Refused | Unknown> {
  const body = payload === undefined ? '' : JSON.stringify(payload);
  const signature = signRequest(config.key, { method, target, body }, new Date());
  try {
    const response = await fetch(new URL(target, config.apiUrl), {
      method,
      headers: { 'content-type': 'application/json', [signatureHeader]: signature },
      ...(payload === undefined ? {} : { body }),
      redirect: 'error',
      signal: AbortSignal.timeout(config.timeoutMs ?? 20_000),
    });
    return understand(response.status, parseJson(await response.text()));
  } catch (error) {
    const code = codeOf(error);
    return notConnected.has(code)
      ? refused('not_connected', `no connection to the bank (${code})`, true)
      : { kind: 'unknown', reason: `no answer (${code})` };
  }
}

function understand(status: number, body: unknown): Answered | Refused | Unknown {
  if (body === undefined || status >= 500) return { kind: 'unknown', reason: `status ${status}` };
  if (status < 400 || status === 409) return { kind: 'answered', status, body };
  if (status === 429) return refused('rate_limited', 'the bank is busy', true);
  const parsed = errorSchema.safeParse(body);
  // A refusal that does not say what it refuses may come from something in between.
  if (!parsed.success) return { kind: 'unknown', reason: `status ${status}` };
  return refusedBy('bank', parsed.data.error.code);
}

function refused(code: string, reason: string, notSent: boolean): Refused {
  return { kind: 'refused', code, reason, notSent };
}

/** `fetch` wraps the system's error as the cause of its own. */
function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'UNKNOWN';
  if ('name' in error && error.name === 'TimeoutError') return 'TIMEOUT';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'cause' in error ? codeOf(error.cause) : 'UNKNOWN';
}

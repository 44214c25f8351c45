import { type Refused, type Unknown } from './port';

/** A request as bytes: what is signed is what is sent. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer<ArrayBuffer>;
  readonly timeoutMs: number;
  /** A look-up that the provider answers with 500 when there is nothing to tell yet: its answer is read, too. */
  readonly reads500?: boolean;
}

/** An answer that was read whole: below 500 unless that was asked for, and never 429. */
export interface Answered {
  readonly kind: 'answered';
  readonly status: number;
  readonly text: string;
}

/** Codes of a connection that was never made, so that no byte left. */
export const notConnected: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/**
 * Sends one request, once. Whatever is not a whole answer below 500 is unknown, and only what certainly was
 * not looked at (no connection, too many requests) may be sent again.
 */
export async function sendOnce(
  provider: string,
  request: HttpRequest,
): Promise<Answered | Refused | Unknown> {
  const { method, url, headers, body, timeoutMs, reads500 = false } = request;
  try {
    const response = await fetch(url, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    const { status } = response;
    if (status >= 500 && !(status === 500 && reads500))
      return { kind: 'unknown', reason: `status ${status}` };
    if (status === 429) return notSent('rate_limited', `${provider} is busy`);
    return { kind: 'answered', status, text };
  } catch (error) {
    const code = codeOf(error);
    return notConnected.has(code)
      ? notSent('not_connected', `no connection to ${provider} (${code})`)
      : { kind: 'unknown', reason: `no answer (${code})` };
  }
}

/** The provider did not consider it; the same request may be sent again. */
export function notSent(code: string, reason: string): Refused {
  return { kind: 'refused', code, reason, notSent: true };
}

/** `fetch` wraps the system's error as the cause of its own. */
function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'UNKNOWN';
  if ('name' in error && error.name === 'TimeoutError') return 'TIMEOUT';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'cause' in error ? codeOf(error.cause) : 'UNKNOWN';
}

/** The JSON value of the text; `undefined` when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

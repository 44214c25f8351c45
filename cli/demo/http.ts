import { randomUUID } from 'node:crypto';
import { isRecord } from '../../domain/record';

/** An answer of the API: its status and JSON body. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly form?: FormData;
  readonly token?: string | undefined;
  /** The revision that was read, of a thing that others may edit, too. */
  readonly revision?: number | undefined;
  /** Statuses that count as success; every other one fails the scenario with what the API said. */
  readonly expect?: readonly number[];
}

const patienceMs = 120_000;
const callMsMax = 20_000;

/**
 * The public HTTP API as a patient integrator uses it: a command keeps its Idempotency-Key while it is sent
 * again after a lost connection or a 5xx, so that killing the API in the middle changes nothing.
 */
export async function call(apiUrl: string, request: Call): Promise<ApiAnswer> {
  const key = request.method === 'GET' ? undefined : randomUUID();
  const until = Date.now() + patienceMs;
  for (let wait = 100; ; wait = Math.min(wait * 2, 2_000)) {
    const answer = await once(apiUrl, request, key);
    if (answer !== undefined && answer.status < 500 && answer.status !== 429) {
      const expected = request.expect ?? [200, 201, 202, 204];
      if (expected.includes(answer.status)) return answer;
      throw new UnexpectedAnswer(request, answer);
    }
    if (Date.now() > until)
      throw new Error(`${request.method} ${request.path}: no answer for two minutes`);
    await sleep(wait);
  }
}

async function once(
  apiUrl: string,
  request: Call,
  key: string | undefined,
): Promise<ApiAnswer | undefined> {
  try {
    const response = await fetch(new URL(request.path, apiUrl), {
      method: request.method,
      headers: {
        ...(request.token ? { authorization: `Bearer ${request.token}` } : {}),
        ...(key ? { 'idempotency-key': key } : {}),
        ...(request.revision === undefined ? {} : { 'if-match': `"${request.revision}"` }),
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(request.form
        ? { body: request.form }
        : request.body === undefined
          ? {}
          : { body: JSON.stringify(request.body) }),
      signal: AbortSignal.timeout(callMsMax),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {},
    };
  } catch {
    return undefined;
  }
}

export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer';
  constructor(
    request: Call,
    readonly answer: ApiAnswer,
  ) {
    super(
      `${request.method} ${request.path} answered ${answer.status}: ${JSON.stringify(answer.body).slice(0, 600)}`,
    );
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Asks again until the answer is there. Throws, naming what was waited for, when patience ends. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  msMax = 90_000,
): Promise<T> {
  const end = Date.now() + msMax;
  for (;;) {
    const found = await ask();
    if (found !== undefined) return found;
    if (Date.now() > end)
      throw new Error(`waited ${Math.round(msMax / 1000)} s in vain for ${what}`);
    await sleep(150);
  }
}

export function text(record: Readonly<Record<string, unknown>>, field: string): string {
  const value = record[field];
  if (typeof value !== 'string')
    throw new Error(`the answer has no text "${field}": ${JSON.stringify(record).slice(0, 300)}`);
  return value;
}

export function list(
  record: Readonly<Record<string, unknown>>,
  field: string,
): readonly Readonly<Record<string, unknown>>[] {
  const value = record[field];
  if (!Array.isArray(value) || !value.every(isRecord))
    throw new Error(`the answer has no list "${field}": ${JSON.stringify(record).slice(0, 300)}`);
  return value;
}

import type { Request, Response } from 'express';
import { KnexTimeoutError } from 'knex';
import { Problem, unavailable } from '../domain/problem';
import { BatcherFull } from '../db/batcher';

/** Codes of Node and PostgreSQL that say "not now": connection lost, shutting down, too many, deadlock. */
const notNow =
  /^(08...|57P0[1-5]|53[0-4]00|40001|40P01|55P03|57014|25P03|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)$/;

/**
 * The problem that an error is to its caller. What nobody foresaw is 500 without detail: messages of
 * PostgreSQL quote values.
 */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const code = textOf(error, 'code');
  const type = textOf(error, 'type');
  if (
    error instanceof KnexTimeoutError ||
    error instanceof BatcherFull ||
    notNow.test(code) ||
    isLostConnection(error)
  ) {
    return unavailable(
      'not_now',
      'This is not possible at the moment. Try again in a few seconds.',
    );
  }
  if (code === '23505') {
    return new Problem({
      status: 409,
      code: 'conflict',
      detail: 'Something like this exists already.',
    });
  }
  if (code === '42501' && messageOf(error).includes('row-level security')) {
    return new Problem({ status: 404, code: 'not_found', detail: 'There is no such thing.' });
  }
  if (type !== '') return bodyProblem(type);
  if (code === 'LIMIT_FILE_SIZE') return bodyProblem('entity.too.large');
  if (
    error instanceof Error &&
    (error.name === 'MulterError' ||
      /^Malformed part|Multipart|Unexpected end of form/.test(error.message))
  ) {
    return bodyProblem('multipart');
  }
  if (error instanceof URIError || numberOf(error, 'status') === 400) {
    return new Problem({ status: 400, code: 'malformed', detail: 'The address cannot be read.' });
  }
  return new Problem({
    status: 500,
    code: 'internal',
    detail: 'Something went wrong on our side.',
  });
}

/** Errors of the body parser and of multer carry a type or code of their own. */
function bodyProblem(type: string): Problem {
  switch (type) {
    case 'entity.parse.failed':
      return new Problem({ status: 400, code: 'malformed', detail: 'The body is not valid JSON.' });
    case 'entity.too.large':
      return new Problem({ status: 413, code: 'too_large', detail: 'The body is too large.' });
    case 'charset.unsupported':
    case 'encoding.unsupported':
      return new Problem({
        status: 415,
        code: 'unsupported_media_type',
        detail: 'The body has an encoding that is not read here.',
      });
    default:
      return new Problem({ status: 400, code: 'malformed', detail: 'The body cannot be read.' });
  }
}

function isLostConnection(error: unknown): boolean {
  return /Connection terminated|timeout exceeded when trying to connect|the database system is/.test(
    messageOf(error),
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : '';
}

function textOf(error: unknown, key: string): string {
  const value = fieldOf(error, key);
  return typeof value === 'string' ? value : '';
}

function numberOf(error: unknown, key: string): number {
  const value = fieldOf(error, key);
  return typeof value === 'number' ? value : 0;
}

function fieldOf(error: unknown, key: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, key) : undefined;
}

const retryAfterSeconds = 5;

/** Writes the problem as RFC 9457, with `Retry-After` where trying again is right. */
export function sendProblem(request: Request, response: Response, problem: Problem): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  setProblemHeaders(response, problem);
  response
    .status(problem.status)
    .type('application/problem+json')
    .send(JSON.stringify({ ...problem.toJSON(), instance: request.requestId }));
}

export function setProblemHeaders(response: Response, problem: Problem): void {
  if (problem.status === 401) response.setHeader('WWW-Authenticate', 'Bearer realm="keelson"');
  const mayRetry = problem.status === 503 || problem.status === 429;
  if (mayRetry && !response.hasHeader('retry-after')) {
    const { retryAfterSeconds: told } = problem.extra;
    const seconds = typeof told === 'number' ? told : retryAfterSeconds;
    response.setHeader('Retry-After', String(seconds));
  }
}

/** What a log may say about an error: its kind and place, never a value it quotes. */
export function errorFacts(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  // PostgreSQL's own errors and those of JSON.parse quote what they could not take; a DatabaseError does not.
  const quotes = textOf(error, 'severity') !== '' || error instanceof SyntaxError;
  return {
    name: error.name,
    code: textOf(error, 'code') || undefined,
    constraint: textOf(error, 'constraint') || undefined,
    table: textOf(error, 'table') || undefined,
    ...(quotes ? {} : { message: error.message }),
    at: (error.stack ?? '')
      .split('\n')
      .filter((frame) => /^\s+at /.test(frame))
      .slice(0, 12)
      .map((frame) => frame.trim()),
  };
}

import { json, type Answer } from '../../http/server';

/** A refusal of the card API before anything was begun. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(
    readonly status: number,
    readonly error: Readonly<Record<string, unknown>>,
  ) {
    super(String(error.code ?? error.type));
  }

  answer(): Answer {
    return json(this.status, { error: this.error });
  }
}

export function invalidRequest(code: string, message: string, param?: string): ApiError {
  return new ApiError(400, { type: 'invalid_request_error', code, message, param });
}

export function missing(kind: string, id: string): ApiError {
  const message = `No such ${kind}: '${id}'`;
  return new ApiError(404, { type: 'invalid_request_error', code: 'resource_missing', message });
}

/** A place in the input and what is wrong there (`pointer` is an RFC 6901 JSON pointer). */
export interface ProblemPointer {
  readonly pointer: string;
  readonly detail: string;
}

export interface ProblemFields {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly ProblemPointer[];
  /** Facts the caller can act on: the current version, the missing permission, the rule. Never personal data. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/**
 * The one error for everything a caller can cause or must be told.
 * The API writes it as RFC 9457 `application/problem+json`, a page shows it, and an activity
 * turns it into a non-retryable ApplicationFailure whose type is `code`.
 */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors: readonly ProblemPointer[];
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(fields: ProblemFields) {
    super(`${fields.code}: ${fields.detail}`);
    this.status = fields.status;
    this.code = fields.code;
    this.detail = fields.detail;
    this.errors = fields.errors ?? [];
    this.extra = fields.extra ?? {};
  }

  toJSON(): Record<string, unknown> {
    return {
      type: `/problems/${this.code}`,
      title: titleOf(this.code),
      status: this.status,
      code: this.code,
      detail: this.detail,
      ...(this.errors.length > 0 ? { errors: this.errors } : {}),
      ...this.extra,
    };
  }
}

function titleOf(code: string): string {
  const words = code.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

type Extra = Readonly<Record<string, unknown>>;

/** 400: the input cannot be read. */
export function malformed(detail: string, errors: readonly ProblemPointer[] = []): Problem {
  return new Problem({ status: 400, code: 'malformed', detail, errors });
}

/** 401: nobody is logged in. */
export function unauthenticated(detail = 'Log in first.'): Problem {
  return new Problem({ status: 401, code: 'unauthenticated', detail });
}

/** 403: the person may see the thing but lacks the permission named. */
export function forbidden(permission: string, detail?: string): Problem {
  return new Problem({
    status: 403,
    code: 'forbidden',
    detail: detail ?? `This needs the permission "${permission}".`,
    extra: { permission },
  });
}

/** 404: it does not exist, or is not yours: nobody learns which. */
export function notFound(what: string): Problem {
  return new Problem({ status: 404, code: 'not_found', detail: `There is no such ${what}.` });
}

/** 409: the state is another than the caller believed. */
export function conflict(code: string, detail: string, extra: Extra = {}): Problem {
  return new Problem({ status: 409, code, detail, extra });
}

/** 422: understood, and refused by a rule. */
export function refused(code: string, detail: string, extra: Extra = {}): Problem {
  return new Problem({ status: 422, code, detail, extra });
}

/** 503: a switch or an outage stands in the way; trying later is right. */
export function unavailable(code: string, detail: string, extra: Extra = {}): Problem {
  return new Problem({ status: 503, code, detail, extra });
}

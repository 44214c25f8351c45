import { z } from 'zod';

/** The id in an answer's body, for `Location` of what was made; a repeated answer has it too. */
export function idIn(body: unknown): string {
  return typeof body === 'object' && body !== null && 'id' in body ? String(body.id) : '';
}

/** The version in an answer's body, for `ETag`: what `If-Match` says of it next. */
export function versionIn(body: unknown): number {
  return z.object({ version: z.int() }).parse(body).version;
}

import { json, type Call, type Handler, type Reply } from './server';

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The body as a JSON object; an empty body is `{}`; anything else is `undefined`. */
export function readJson(raw: Buffer): JsonObject | undefined {
  if (raw.length === 0) return {};
  try {
    const value: unknown = JSON.parse(raw.toString('utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function text(body: JsonObject, key: string): string | undefined {
  const value = body[key];
  return typeof value === 'string' ? value : undefined;
}

export function integer(body: JsonObject, key: string): number | undefined {
  const value = body[key];
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
}

export class BadControl extends Error {
  override readonly name = 'BadControl';
}

/**
 * A handler of a control port: JSON in and out, 400 for a body it cannot use.
 * A browser's cross-site request carries an Origin and is refused.
 */
export function control(handler: (body: JsonObject, call: Call) => unknown): Handler {
  return async (call): Promise<Reply> => {
    if (call.headers.origin !== undefined) return json(403, { error: 'not for browsers' });
    const body = readJson(call.raw);
    if (!body) return json(400, { error: 'the body must be a JSON object' });
    try {
      return json(200, (await handler(body, call)) ?? {});
    } catch (error) {
      if (error instanceof BadControl) return json(400, { error: error.message });
      throw error;
    }
  };
}

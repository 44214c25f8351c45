import { isRecord } from '../../domain/record';
import { PlatformUnavailable } from './port';

/** One record of an answer, of which nothing has been read yet: a user, a deal, a group. */
export type Fields = Readonly<Record<string, unknown>>;

/** The server answered what cannot be read. */
export class MalformedAnswer extends PlatformUnavailable {
  override readonly name = 'MalformedAnswer';
}

/** Throws MalformedAnswer. */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new MalformedAnswer('the answer is no JSON');
  }
}

export function record(value: unknown, what: string): Fields {
  if (!isRecord(value)) throw new MalformedAnswer(`${what} is no object`);
  return value;
}

export function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new MalformedAnswer(`${what} is no list`);
  return value;
}

/** Reads one field; null when the server left it out or wrote there what cannot be read. */
export function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedAnswer) return null;
    throw error;
  }
}

/** The plain fields as text, for `raw`: those named, or all; nested lists are left out. */
export function plainFields(fields: Fields, names?: readonly string[]): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (names !== undefined && !names.includes(name)) continue;
    if (typeof value === 'string') plain[name] = value;
    else if (typeof value === 'number') plain[name] = String(value);
  }
  return plain;
}

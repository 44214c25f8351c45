import { type Refused, type RefusalCode, type Unknown } from '../../domain/trading/outcome';
import { PlatformRefused, PlatformUnavailable } from './port';

/** A refusal of our own, before a byte of the request left. */
export function notSent(code: RefusalCode, reason: string): Refused {
  return { kind: 'refused', code, reason, platformCode: null, notSent: true };
}

/**
 * Nothing was sent, since what must be known first could not be read. `absentCode` is what the platform says of a
 * log-in that it does not have. Throws what is no failure of a read.
 */
export function unread(error: unknown, absentCode?: number): Refused {
  if (error instanceof PlatformUnavailable) return notSent('SERVER_UNAVAILABLE', error.message);
  if (error instanceof PlatformRefused) {
    const code = error.platformCode === absentCode ? 'NOT_FOUND' : 'SERVER_UNAVAILABLE';
    return { ...notSent(code, error.message), platformCode: error.platformCode };
  }
  throw error;
}

export function unknown(reason: string, platformCode: number | null = null): Unknown {
  return { kind: 'unknown', reason, platformCode };
}

import 'express-session';
import type { UserKind } from '../db/users';

/** What a session keeps: ids and versions, never personal data. */
declare module 'express-session' {
  interface SessionData {
    /** Synchroniser token of every form and htmx request of the session. */
    csrf: string;
    user: {
      readonly id: string;
      readonly kind: UserKind;
      /** `User.version` at log-in: any later change of password, roles or state ends the session. */
      readonly version: number;
      /** Milliseconds since 1970: a session ends after twelve hours, however busy. */
      readonly startedAtMs: number;
    };
    flash: { readonly kind: 'success' | 'danger' | 'info'; readonly text: string };
  }
}

export const sessionIdleMinutesMax = 30;
export const sessionHoursMax = 12;

import { type ServerWindow } from '../../../domain/trading/server-clock';

/** A log-in with what changes when something has happened to it: balance, credit and open orders. */
export interface LoginState {
  readonly login: string;
  readonly currency: string;
  readonly fingerprint: string;
}

/** So many log-ins that look unchanged are read all the same at each call, those first that have waited longest. */
const quietPerCall = 200;

/**
 * Spares the feed from reading the history of every log-in at every call. A log-in may be left out only while it
 * looks unchanged since its last reading and that reading reaches into the window: a late or edited record, which
 * changes no balance now, is still found by the next turn, and never later than the overlap.
 */
export class FeedMemory {
  readonly #read = new Map<string, { readonly fingerprint: string; readonly to: number }>();

  /** The log-ins to read for a window that begins at `from` (seconds of server time). */
  choose(logins: readonly LoginState[], from: number): LoginState[] {
    const due: LoginState[] = [];
    const quiet: { readonly state: LoginState; readonly to: number }[] = [];
    for (const state of logins) {
      const known = this.#read.get(state.login);
      const unchanged = known?.fingerprint === state.fingerprint;
      if (known === undefined || !unchanged || known.to < from) due.push(state);
      else quiet.push({ state, to: known.to });
    }
    quiet.sort((left, right) => left.to - right.to);
    return [...due, ...quiet.slice(0, quietPerCall).map(({ state }) => state)];
  }

  remember(logins: readonly LoginState[], window: ServerWindow): void {
    for (const { login, fingerprint } of logins) {
      this.#read.set(login, { fingerprint, to: window.to });
    }
  }
}

import { type WireOptions } from '../wires';

/** For tests only: what a server does with a call after the log-in. */
export type Deed =
  | 'answers'
  | 'answers slowly'
  | 'says 12'
  | 'loses the connection'
  | 'keeps silent'
  | 'answers 403'
  | 'answers no JSON'
  | 'answers half a body'
  | 'answers no retcode'
  | 'breaks the answer off'
  | 'answers rubbish'
  | 'answers too much'
  | 'answers what was not asked';

export interface Seen {
  /** As REST has it, whichever wire it came over. */
  readonly path: string;
  readonly connection: number;
  readonly body: string;
}

/** A server that misbehaves on one wire as it is told. */
export interface FakeServer {
  readonly wire: WireOptions;
  readonly seen: Seen[];
  /** Requests that were under way at the same time, at most. */
  readonly mostAtOnce: number;
  /** What broke the client's silence. */
  readonly pings: number;
  deed: (path: string) => Deed;
  /** Whether it can prove that it knows the manager's password. */
  knowsPassword: boolean;
  /** Whether it gives keys for the cipher when asked; the raw wire only. */
  givesKeys: boolean;
  reset(): void;
  /** All that ever came in, as it came. */
  received(): Buffer;
  closeConnections(): void;
  close(): void;
}

export const fakePassword = 'Password-1';
export const fakeRandom = 'ab'.repeat(16);
export const slowMs = 5;
export const tooManyBytes = 65 * 1024 * 1024;

/** What every fake keeps count of. */
export abstract class FakeState {
  readonly seen: Seen[] = [];
  deed: (path: string) => Deed = () => 'answers';
  knowsPassword = true;
  givesKeys = true;
  mostAtOnce = 0;
  pings = 0;
  #working = 0;

  reset(): void {
    this.seen.length = 0;
    this.deed = () => 'answers';
    this.knowsPassword = true;
    this.givesKeys = true;
    this.mostAtOnce = 0;
    this.pings = 0;
  }

  begin(): void {
    this.#working += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#working);
  }

  end(): void {
    this.#working -= 1;
  }
}

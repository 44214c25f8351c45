import type { Exchange } from '../brokerage/exchange';
import type { Mistreatment } from '../brokerage/faults';
import type { Answer } from './envelope';

/** What a command sees: one instant (UTC ms), the exchange, its parts of the path, query and body. */
export interface CommandContext {
  readonly exchange: Exchange;
  readonly now: number;
  readonly booking: Mistreatment['booking'];
  readonly args: readonly string[];
  readonly query: URLSearchParams;
  readonly body: unknown;
}

/** Seconds that the bridge gives the trade server when the caller does not say. */
export const DEADLINES = { trade: 5, read: 10, change: 15, history: 30 } as const;

export interface Command {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly kind: keyof typeof DEADLINES;
  readonly run: (context: CommandContext) => Answer;
}

export function isWrite(command: Command): boolean {
  return command.method !== 'GET';
}

import type { Exchange } from '../brokerage/exchange';
import type { Mistreatment } from '../brokerage/faults';
import type { Params } from './params';
import type { Wire } from './wire';

/** What a command sees: one instant (UTC ms), the exchange, and how a fault wants bookings treated. */
export interface CommandContext {
  exchange: Exchange;
  now: number;
  booking: Mistreatment['booking'];
}

/** A command's answer; refusals are thrown as `Refusal`. `top` stands beside `answer` in the reply. */
export interface CommandResult {
  answer?: Wire;
  top?: Record<string, string>;
}

export type Command = (params: Params, context: CommandContext) => CommandResult;

/**
 * A count. MetaQuotes' pages write `Total`, running servers are seen to answer `total`, and clients exist for
 * each: both are given. The same goes for the server's `Time`.
 */
export function bothSpellings(name: string, value: string): Record<string, string> {
  return { [name]: value, [name.toLowerCase()]: value };
}

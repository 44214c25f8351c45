import type { PlatformKind } from '../../domain/trading/capabilities';
import { dealTicket } from '../../connectors/trading/ctrader/normalise';
import type { ServerHand } from './simulators';

/** A deal at a server's control port: the number there, and the ticket that the feed knows it by. */
export interface ShownDeal {
  readonly shown: number;
  readonly ticket: string;
}

const numbers: Readonly<Record<PlatformKind, string>> = {
  mt5: 'Deal',
  mt4: 'order',
  ctrader: 'dealId',
};

/** Does what makes deals (`/trade`, `/close`, `/reverse`, `/cancel-deal`) and answers the last one. */
export async function makeDeal(
  kind: PlatformKind,
  server: ServerHand,
  { path, body }: { readonly path: string; readonly body: object },
): Promise<ShownDeal> {
  const { deals } = (await server.control('POST', path, body)) as {
    deals: readonly (Readonly<Record<string, unknown>> | null)[];
  };
  const shown = Number(deals.at(-1)?.[numbers[kind]]);
  if (!Number.isSafeInteger(shown)) throw new Error(`${kind} made no deal`);
  return { shown, ticket: kind === 'ctrader' ? dealTicket(String(shown)) : String(shown) };
}

/** Opens a position that stays open; answers the server's number of it. */
export async function openPosition(
  server: ServerHand,
  body: { readonly login: number; readonly side: 'buy' | 'sell'; readonly volume: string },
): Promise<number> {
  const { position } = (await server.control('POST', '/trade', {
    symbol: 'EURUSD',
    ...body,
  })) as { position: Readonly<Record<string, unknown>> };
  return Number(position['Position'] ?? position['order'] ?? position['positionId']);
}

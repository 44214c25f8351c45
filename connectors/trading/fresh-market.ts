import type { Deal } from '../../domain/trading/deal';
import { PlatformRefused, PlatformUnavailable } from './port';

/** The market of one symbol, decimal strings. */
export interface Tick {
  readonly bid: string;
  readonly ask: string;
}

/** What a server says of the market now. */
export interface Market {
  readonly ticks: ReadonlyMap<string, Tick>;
  /** Decimal string: the symbol's profit currency to the account's; null when nothing tells. */
  rateOf(symbol: string, currency: string): string | null;
}

/** A deal that was made longer ago than this had another market. */
const freshMs = 15_000;
const rememberedMax = 20_000;

/**
 * Puts beside a deal the market that its server does not keep: that of the moment in which the feed read it, for deals
 * that were made just before. A deal that comes again in the overlap has the market it had first.
 */
export class FreshMarket {
  readonly #known = new Map<string, Pick<Deal, 'bid' | 'ask' | 'quoted' | 'profitRate'>>();

  async attach(
    deals: readonly Deal[],
    {
      serverTimeMsc,
      read,
    }: {
      readonly serverTimeMsc: number;
      /** Asks the server for these symbols, and for what turns their profit into these currencies. */
      readonly read: (
        wanted: readonly { readonly symbol: string; readonly currency: string }[],
      ) => Promise<Market>;
    },
  ): Promise<Deal[]> {
    const isFresh = (deal: Deal): boolean =>
      deal.kind === 'trade' && deal.serverTimeMsc > serverTimeMsc - freshMs;
    const wanted = deals.flatMap((deal) =>
      deal.symbol !== null && isFresh(deal) && !this.#known.has(deal.ticket)
        ? [{ ticket: deal.ticket, symbol: deal.symbol, currency: deal.currency, deal }]
        : [],
    );
    if (wanted.length > 0) {
      const market = await this.#readOrNone(() => read(wanted));
      if (this.#known.size > rememberedMax) this.#known.clear();
      for (const { ticket, symbol, currency, deal } of wanted) {
        const tick = market?.ticks.get(symbol);
        this.#known.set(ticket, {
          bid: tick?.bid ?? null,
          ask: tick?.ask ?? null,
          quoted: tick === undefined ? null : 'tick',
          profitRate: deal.profitRate ?? market?.rateOf(symbol, currency) ?? null,
        });
      }
    }
    return deals.map((deal) => {
      const known = this.#known.get(deal.ticket);
      return known === undefined ? deal : { ...deal, ...known };
    });
  }

  /** A deal is worth reading without its market too. */
  async #readOrNone(read: () => Promise<Market>): Promise<Market | undefined> {
    try {
      return await read();
    } catch (error) {
      if (error instanceof PlatformUnavailable || error instanceof PlatformRefused)
        return undefined;
      throw error;
    }
  }
}

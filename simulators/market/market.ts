import type { Replay } from './bars';
import { findSymbol, SYMBOLS, type SymbolSpec } from './symbols';

export interface Quote {
  bidPoints: number;
  askPoints: number;
}

const SECONDS_A_YEAR = 31_536_000;
const OCTAVES = 12;
const TICK_MS = 250;
/** Makes the sum of the octaves move, over each octave's period, about as far as the stated volatility says. */
const AMPLITUDE = 0.8;

/**
 * A price walk that is a pure function of (seed, symbol, time): layers of smooth noise with periods of
 * 1, 4, 16 … 4^11 seconds, each as tall as a random walk would go in its period. A price of last month
 * can be asked at any time, in any order, and comes out the same after a restart.
 */
export class Market {
  constructor(
    private readonly seed: number,
    /** Bars that the symbols in them follow instead of the walk. */
    private readonly replay?: Replay,
  ) {}

  /** Bid and ask at a UTC instant in ms, in points; the spread breathes and triples around the daily rollover. */
  quote(symbol: SymbolSpec, utcMs: number): Quote {
    const tick = Math.floor(utcMs / TICK_MS);
    return this.replay?.quote(symbol, tick * TICK_MS) ?? this.#walk(symbol, tick);
  }

  #walk(symbol: SymbolSpec, tick: number): Quote {
    const seconds = (tick * TICK_MS) / 1000;
    const sigma = (symbol.volatility / Math.sqrt(SECONDS_A_YEAR)) * AMPLITUDE;
    const lane = SYMBOLS.indexOf(symbol);
    let drift = 0;
    for (let octave = 0; octave < OCTAVES; octave += 1) {
      const period = 4 ** octave;
      drift += sigma * Math.sqrt(period) * this.#smooth(lane, octave, seconds / period);
    }
    const middle = symbol.centrePoints * Math.exp(drift);
    const spread = this.#spread(symbol, lane, Math.floor(seconds));
    const bidPoints = Math.round(middle - spread / 2);
    return { bidPoints, askPoints: bidPoints + spread };
  }

  /** How many units of `to` one unit of `from` buys at the middle price, cut to 8 decimals: MT5's RateProfit. */
  rate(from: string, to: string, utcMs: number): number {
    const value = this.#inDollars(from, utcMs) / this.#inDollars(to, utcMs);
    return Math.round(value * 1e8) / 1e8;
  }

  #inDollars(currency: string, utcMs: number): number {
    if (currency === 'USD') return 1;
    const direct = findSymbol(`${currency}USD`);
    if (direct) return this.#middle(direct, utcMs);
    const inverse = findSymbol(`USD${currency}`);
    if (inverse) return 1 / this.#middle(inverse, utcMs);
    throw new Error(`no rate for ${currency}`);
  }

  #middle(symbol: SymbolSpec, utcMs: number): number {
    const { bidPoints, askPoints } = this.quote(symbol, utcMs);
    return (bidPoints + askPoints) / 2 / 10 ** symbol.digits;
  }

  #spread(symbol: SymbolSpec, lane: number, second: number): number {
    const hour = Math.floor(second / 3600) % 24;
    const rollover = hour === 21 ? 3 : 1;
    const breath = 0.75 + 0.5 * unit(this.seed, lane, 90, second);
    return Math.max(1, Math.round(symbol.spreadPoints * breath * rollover));
  }

  #smooth(lane: number, octave: number, position: number): number {
    const cell = Math.floor(position);
    const part = position - cell;
    const ease = part * part * (3 - 2 * part);
    const left = unit(this.seed, lane, octave, cell) * 2 - 1;
    const right = unit(this.seed, lane, octave, cell + 1) * 2 - 1;
    return left + (right - left) * ease;
  }
}

/** A number in [0, 1) that depends on its four arguments only. */
export function unit(seed: number, lane: number, octave: number, cell: number): number {
  let hash = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(lane + 1, 0xc2b2ae35);
  hash = mix(hash ^ Math.imul(octave + 7, 0x27d4eb2f));
  hash = mix(hash ^ (cell | 0));
  hash = mix(hash ^ Math.floor(cell / 4_294_967_296));
  return (hash >>> 0) / 4_294_967_296;
}

function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 16);
}

/** A stream of numbers in [0, 1) from a seed: the same seed gives the same stream. */
export function randomStream(seed: number): () => number {
  let count = 0;
  return () => {
    count += 1;
    return unit(seed, 0, 1000, count);
  };
}

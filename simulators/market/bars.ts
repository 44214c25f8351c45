import type { Quote } from './market';
import { findSymbol, type SymbolSpec } from './symbols';

/** What a symbol did in one stretch of time; bids, in points. */
export interface Bar {
  readonly startMs: number;
  readonly openPoints: number;
  readonly highPoints: number;
  readonly lowPoints: number;
  readonly closePoints: number;
  /** In points; undefined is the symbol's ordinary one. */
  readonly spreadPoints?: number;
}

export type Bars = ReadonlyMap<string, readonly Bar[]>;

const COLUMNS = ['time', 'symbol', 'open', 'high', 'low', 'close'];
const SPREAD = 'spread';
const ROWS_MAX = 2_000_000;
const MINUTE_MS = 60_000;

/** A file of bars that is not one; says the line. */
export class BadBars extends Error {
  override readonly name = 'BadBars';
}

/**
 * Reads `time,symbol,open,high,low,close[,spread]`: a header, then one bar a line, each symbol's bars in order of
 * time. `time` is the start of the bar, ISO 8601 with its zone; prices are bids with the symbol's digits at most;
 * `spread` is in points, empty for the ordinary one.
 */
export function readBars(text: string): Bars {
  const [header = '', ...lines] = text.split(/\r?\n/);
  const wanted = COLUMNS.join(',');
  const hasSpread = header === `${wanted},${SPREAD}`;
  if (header !== wanted && !hasSpread) {
    throw new BadBars(`line 1 must be ${wanted}, with or without ${SPREAD}`);
  }
  if (lines.length > ROWS_MAX) throw new BadBars(`more than ${ROWS_MAX} lines`);
  const bars = new Map<string, Bar[]>();
  for (const [index, line] of lines.entries()) {
    if (line === '') continue;
    const { symbol, bar } = readLine(line, index + 2, hasSpread);
    const list = bars.get(symbol) ?? [];
    if (bar.startMs <= (list.at(-1)?.startMs ?? -Infinity)) {
      throw new BadBars(`line ${index + 2}: ${symbol} goes back in time`);
    }
    list.push(bar);
    bars.set(symbol, list);
  }
  if (bars.size === 0) throw new BadBars('there is no bar');
  return bars;
}

function readLine(line: string, at: number, hasSpread: boolean): { symbol: string; bar: Bar } {
  const cells = line.split(',');
  if (cells.length !== COLUMNS.length + (hasSpread ? 1 : 0)) {
    throw new BadBars(`line ${at} has ${cells.length} columns`);
  }
  const [time = '', name = '', open = '', high = '', low = '', close = '', spread = ''] = cells;
  const symbol = findSymbol(name);
  if (!symbol) throw new BadBars(`line ${at}: there is no symbol ${name}`);
  const startMs = Date.parse(time);
  if (Number.isNaN(startMs) || !/(Z|[+-]\d\d:\d\d)$/.test(time)) {
    throw new BadBars(`line ${at}: ${time} is no time with its zone`);
  }
  const points = (price: string): number => pointsOf(price, symbol, at);
  const bar = {
    startMs,
    openPoints: points(open),
    highPoints: points(high),
    lowPoints: points(low),
    closePoints: points(close),
    ...(spread === '' ? {} : { spreadPoints: wholeOf(spread, at) }),
  };
  const inner = [bar.openPoints, bar.closePoints];
  if (bar.highPoints < Math.max(...inner) || bar.lowPoints > Math.min(...inner)) {
    throw new BadBars(`line ${at}: open and close must lie between low and high`);
  }
  return { symbol: symbol.name, bar };
}

/** `pointsOf('1.0812')` at five digits is 108120. */
function pointsOf(price: string, { digits }: SymbolSpec, at: number): number {
  const match = /^(\d{1,9})(?:\.(\d+))?$/.exec(price);
  const fraction = match?.[2] ?? '';
  if (!match || fraction.length > digits) {
    throw new BadBars(`line ${at}: ${price} is no price with ${digits} digits`);
  }
  const points = Number(`${match[1]}${fraction.padEnd(digits, '0')}`);
  if (points === 0) throw new BadBars(`line ${at}: a price is above zero`);
  return points;
}

function wholeOf(text: string, at: number): number {
  if (!/^\d{1,6}$/.test(text)) throw new BadBars(`line ${at}: ${text} is no spread in points`);
  return Number(text);
}

export interface Playing {
  /** UTC ms at which the first bar of the file begins. */
  readonly fromMs: number;
  /** 60 plays an hour of bars in a minute. */
  readonly speed: number;
}

/**
 * Bars played as a market: a pure function of time, like the walk. Within a bar the price goes from open by way of
 * the nearer end (low of a rising bar, high of a falling one) and the other to the close, a third of the time each.
 * Before the first bar its open stands, in a gap and after the last bar the last close.
 */
export class Replay {
  readonly #tracks: ReadonlyMap<string, { list: readonly Bar[]; lengthMs: number }>;
  readonly #startMs: number;

  constructor(
    bars: Bars,
    private readonly playing: Playing,
  ) {
    this.#tracks = new Map(
      [...bars].map(([symbol, list]) => [symbol, { list, lengthMs: lengthOf(list) }]),
    );
    const starts = [...bars.values()].flatMap((list) => list.slice(0, 1));
    this.#startMs = Math.min(...starts.map(({ startMs }) => startMs));
  }

  /** The market of a symbol at a UTC instant in ms; null when the file has no bar of it. */
  quote(symbol: SymbolSpec, utcMs: number): Quote | null {
    const track = this.#tracks.get(symbol.name);
    const [first] = track?.list ?? [];
    if (!track || !first) return null;
    const { fromMs, speed } = this.playing;
    const barMs = this.#startMs + (utcMs - fromMs) * speed;
    const bar = track.list[lastStarted(track.list, barMs)];
    const bidPoints = bar
      ? priceWithin(bar, (barMs - bar.startMs) / track.lengthMs)
      : first.openPoints;
    const spread = (bar ?? first).spreadPoints ?? symbol.spreadPoints;
    return { bidPoints, askPoints: bidPoints + Math.max(1, spread) };
  }
}

/** Index of the last bar that has begun; -1 before the first. */
function lastStarted(list: readonly Bar[], barMs: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle]?.startMs ?? Infinity) <= barMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** A bar lasts as long as the shortest step between two; one alone lasts a minute. */
function lengthOf(list: readonly Bar[]): number {
  let shortest = Infinity;
  list.forEach((bar, index) => {
    const before = list[index - 1];
    if (before) shortest = Math.min(shortest, bar.startMs - before.startMs);
  });
  return shortest === Infinity ? MINUTE_MS : shortest;
}

function priceWithin(bar: Bar, part: number): number {
  const { openPoints, highPoints, lowPoints, closePoints } = bar;
  const turns = closePoints >= openPoints ? [lowPoints, highPoints] : [highPoints, lowPoints];
  const path = [openPoints, ...turns, closePoints];
  const at = Math.min(1, part) * (path.length - 1);
  const leg = Math.min(path.length - 2, Math.floor(at));
  const [from = closePoints, to = closePoints] = path.slice(leg, leg + 2);
  return Math.round(from + (to - from) * (at - leg));
}

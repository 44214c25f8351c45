import type { BenchServers } from './servers';

/** One line of a bench: what the product does against its limit or a peer, measured in turn. */
export interface BenchLine {
  readonly line: string;
  /** `deals/s`, `MB`, `ms`. */
  readonly unit: string;
  /** Whether the product shall have at least, or at most, `reach` times what the limit has. */
  readonly better: 'more' | 'less';
  /** One figure for each round. */
  readonly product: readonly number[];
  readonly limit: readonly number[];
  readonly limitIs: string;
  /** product ÷ limit that is to be reached. */
  readonly reach: number;
  /** How much longer the product takes when the work is larger, and how much larger it is. */
  readonly growth?: { readonly work: number; readonly time: number };
  /** What was found to be right or wrong besides. */
  readonly notes: readonly string[];
}

export interface BenchOptions {
  /** Share of the full work, for trying things out; 1 is the bench. */
  readonly scale: number;
  readonly rounds: number;
  readonly say: (text: string) => void;
}

/** Makes its data with a fixed seed, runs the limit and the product in turn, and answers its lines. */
export type Bench = (servers: BenchServers, options: BenchOptions) => Promise<BenchLine[]>;

export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[middle - 1] ?? sorted[middle] ?? NaN, sorted[middle] ?? NaN];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}

export function p99(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? NaN;
}

/** `feed  1,234 deals/s, limit 5,678 (COPY of …), ratio 0.22, reach 0.2: reached; 10 × the work takes 10.3 × as long` */
export function wordsOf(line: BenchLine): string {
  const product = median(line.product);
  const limit = median(line.limit);
  const ratio = product / limit;
  const figure = (value: number) =>
    value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 1 : 0 });
  const growth =
    line.growth === undefined
      ? ''
      : `; ${line.growth.work.toFixed(1)} × the work takes ${line.growth.time.toFixed(1)} × as long`;
  const isReached = line.better === 'more' ? ratio >= line.reach : ratio <= line.reach;
  const verdict = isReached ? 'reached' : 'MISSED';
  return [
    `${line.line}: ${figure(product)} ${line.unit}, limit ${figure(limit)} (${line.limitIs}), ratio ${ratio.toFixed(2)}, reach ${line.reach}: ${verdict}${growth}`,
    ...line.notes.map((note) => `  ${note}`),
  ].join('\n');
}

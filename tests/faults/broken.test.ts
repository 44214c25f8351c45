import type { TradingPlatform } from '../../connectors/trading/port';
import type { Dependencies } from '../../workers/dependencies';
import { runsOf, type Run } from './cells';
import { openField } from './field';
import { runMatrix } from './matrix';

/**
 * What keeps an operation from being applied twice is broken, one thing at a time, in what the workers are given.
 * The laws must notice: a matrix that cannot fail proves nothing.
 */
interface Guard {
  readonly what: string;
  /** The cells in which it must show. */
  readonly only: string;
  readonly breaks: (platform: TradingPlatform) => Partial<TradingPlatform>;
  /** A law that is then broken. */
  readonly law: string;
}

const guards: readonly Guard[] = [
  {
    what: 'that an unknown outcome is no refusal',
    only: 'debit/reply lost',
    breaks: (platform) => ({
      balanceOperation: async (request) => {
        const outcome = await platform.balanceOperation(request);
        if (outcome.kind !== 'unknown') return outcome;
        return { ...outcome, kind: 'refused', code: 'PLATFORM_REFUSED', notSent: false };
      },
    }),
    law: 'a transfer that was refused is not on the server',
  },
];

const seed = 20_261_123;

/** Answers by the broken parts first, and by the real connector otherwise. */
function broken({ breaks }: Guard): (deps: Dependencies) => Dependencies {
  return (deps) => ({
    ...deps,
    platformFor: (serverId) => {
      const platform = deps.platformFor(serverId);
      const parts = breaks(platform);
      return new Proxy(platform, {
        get: (whole, name) => {
          const value: unknown = Reflect.get(parts, name) ?? Reflect.get(whole, name);
          return typeof value === 'function' ? value.bind(whole) : value;
        },
      });
    },
  });
}

describe('a broken guard of exactly-once is noticed', () => {
  it.each(guards)(
    '$what',
    async (guard) => {
      const runs: Run[] = runsOf({ seed, runsPerCell: 2, only: guard.only });
      const field = await openField({ lanesPerPlatform: 2, breaking: broken(guard) });
      try {
        const { breaches } = await runMatrix(field, { runs, seed, patienceMs: 6_000 });
        expect(breaches.map(({ law }) => law)).toContain(guard.law);
      } finally {
        await field.close();
      }
    },
    240_000,
  );
});

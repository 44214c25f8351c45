import type { TradingPlatform } from '../../connectors/trading/port';
import type { PlatformKind } from '../../domain/trading/capabilities';
import type { Dependencies } from '../../workers/dependencies';
import { runsOf } from './cells';
import { openField, type Field } from './field';
import { runMatrix } from './matrix';

/**
 * What keeps an operation from being applied twice is broken in what the workers are given. The laws must notice: a
 * matrix that cannot fail proves nothing. One thing at a time on a server, and three servers side by side.
 */
interface Guard {
  readonly what: string;
  readonly breaks: (platform: TradingPlatform) => Partial<TradingPlatform>;
  /** The cell of the platform in which it must show. */
  readonly cell: string;
  readonly runsPerCell: number;
  /** A law that is then broken. */
  readonly law: string;
  /** In the words of the breach, where the law is broken for a moment by what is only not looked at yet. */
  readonly shows?: string;
}

type Round = Readonly<Record<PlatformKind, Guard>>;

const rounds: readonly Round[] = [
  {
    mt5: {
      what: 'that an unknown outcome is no refusal',
      cell: 'debit/reply lost',
      runsPerCell: 1,
      breaks: (platform) => ({
        balanceOperation: async (request) => {
          const outcome = await platform.balanceOperation(request);
          if (outcome.kind !== 'unknown') return outcome;
          return { ...outcome, kind: 'refused', code: 'PLATFORM_REFUSED', notSent: false };
        },
      }),
      law: 'a transfer that was refused is not on the server',
    },
    mt4: {
      what: 'that absence is not believed while the server’s balance check disagrees',
      cell: 'credit/late deal',
      runsPerCell: 3,
      breaks: (platform) => ({
        balanceCheck: async (login) => ({ ...(await platform.balanceCheck(login)), agrees: true }),
      }),
      law: 'a transfer is applied once',
    },
    ctrader: {
      what: 'that a refusal is no success',
      cell: 'debit/no money',
      runsPerCell: 1,
      breaks: (platform) => ({
        balanceOperation: async (request) => {
          const outcome = await platform.balanceOperation(request);
          return outcome.kind === 'refused' ? { kind: 'done', ticket: '999999999' } : outcome;
        },
      }),
      law: 'what is posted is what was asked for, and is on the server',
    },
  },
  {
    mt5: {
      what: 'that what is not answered is not sent again',
      cell: 'credit/reply lost',
      runsPerCell: 1,
      breaks: (platform) => ({
        balanceOperation: async (request) => {
          const outcome = await platform.balanceOperation(request);
          return outcome.kind === 'unknown' ? platform.balanceOperation(request) : outcome;
        },
      }),
      law: 'no token is on more deals than the server booked by itself',
    },
    mt4: {
      what: 'that the feed leaves nothing out',
      cell: 'credit/reply lost',
      runsPerCell: 1,
      breaks: (platform) => ({
        dealsSince: async (watermark, options) => {
          const page = await platform.dealsSince(watermark, options);
          return { ...page, deals: page.deals.filter(({ kind }) => kind !== 'balance') };
        },
      }),
      law: 'the feed has no gap',
      shows: '"deals"',
    },
    ctrader: {
      what: 'that an account is not asked for again when no answer came',
      cell: 'creation/range full',
      runsPerCell: 3,
      breaks: (platform) => ({
        // Until an answer comes: two log-ins and no answer would wait for a person longer than anybody watches.
        createAccount: async (request) => {
          let outcome = await platform.createAccount(request);
          for (let again = 0; again < 5 && outcome.kind === 'unknown'; again += 1)
            outcome = await platform.createAccount(request);
          return outcome;
        },
      }),
      law: 'a server has one log-in for each account, and no other',
    },
  },
];

const seed = 20_261_123;
const platforms = ['mt5', 'mt4', 'ctrader'] as const satisfies readonly PlatformKind[];

/** What is broken at the moment; nothing while the field is laid out. */
let broken: Round | undefined;

/** Answers by the broken parts first, and by the real connector otherwise. */
function breaking(deps: Dependencies): Dependencies {
  return {
    ...deps,
    platformFor: (serverId) => {
      const platform = deps.platformFor(serverId);
      return new Proxy(platform, {
        get: (whole, name) => {
          const guard = platforms.find((kind) => kind === serverId);
          const parts = guard && broken?.[guard].breaks(platform);
          const value: unknown = (parts && Reflect.get(parts, name)) ?? Reflect.get(whole, name);
          return typeof value === 'function' ? value.bind(whole) : value;
        },
      });
    },
  };
}

describe('a broken guard of exactly-once is noticed', () => {
  let field: Field;
  beforeAll(async () => {
    field = await openField({ lanesPerPlatform: 1, breaking });
  }, 120_000);
  afterAll(() => field.close());

  it.each(rounds.map((round) => ({ round, what: wordsOf(round) })))(
    '$what',
    async ({ round }) => {
      broken = round;
      const runs = platforms.flatMap((platform) => {
        const { cell, runsPerCell } = round[platform];
        return runsOf({ seed, runsPerCell, only: `${platform}/${cell}` });
      });
      const { breaches } = await runMatrix(field, { runs, seed, patienceMs: 6_000 });
      for (const platform of platforms) {
        const { law, shows = '' } = round[platform];
        const noticed = breaches.filter(
          (breach) => breach.of.startsWith(platform) && breach.detail.includes(shows),
        );
        expect(noticed.map((breach) => breach.law)).toContain(law);
      }
    },
    240_000,
  );
});

function wordsOf(round: Round): string {
  return platforms.map((platform) => `${platform}: ${round[platform].what}`).join('; ');
}

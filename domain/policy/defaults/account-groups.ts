import { type AccountRight, accountRights } from '../../trading/account';
import { type PlatformKind, platformKinds } from '../../trading/capabilities';

/** One row of the shipped table: who gets which group of which platform, and on what terms. */
export interface GroupRow {
  readonly id: string;
  readonly platform: PlatformKind;
  readonly type: AccountTypeName;
  readonly currency: string;
  /** Left out: clients of every category. */
  readonly category?: 'retail' | 'professional';
  /** Name of a list of countries of residence; left out: wherever the client lives. */
  readonly residents?: string;
  /** As the platform itself spells it. */
  readonly group: string;
  readonly leverage: number;
  /** Undefined: everything. */
  readonly rights: readonly AccountRight[] | undefined;
  readonly swapFree: boolean;
  readonly demo: boolean;
  readonly source: string;
}

export const accountTypeNames = ['standard', 'pro', 'swap_free', 'demo'] as const;
export type AccountTypeName = (typeof accountTypeNames)[number];

/** Groups in which an account may only close, one a currency; cTrader says so to the log-in itself. */
export const closeOnlyGroups: readonly string[] = ['usd', 'eur'].flatMap((code) => [
  `real\\close-${code}`,
  `close-${code}`,
]);

/** What differs between rows; a row per platform and currency comes of each. */
interface Offer {
  readonly type: AccountTypeName;
  readonly currencies: readonly string[];
  readonly category?: 'retail' | 'professional';
  readonly residents?: string;
  readonly leverage: number;
  readonly source: string;
}

const both = ['USD', 'EUR'] as const;
const cysecRetail = 'CySEC PS-04-2019; ESMA 2018/796';
const house = 'house limit; no cap by rule';

const suffixes: Readonly<Record<AccountTypeName, string>> = {
  standard: 'std',
  pro: 'pro',
  swap_free: 'sf',
  demo: 'std',
};

/** CySEC: 30 for retail, the house's 100 for professionals, who alone get the pro groups. */
export const cysecGroups: readonly GroupRow[] = rowsOf('cy', [
  ...(['retail', 'professional'] as const).map((category) => ({
    type: 'standard' as const,
    currencies: both,
    category,
    leverage: category === 'retail' ? 30 : 100,
    source: category === 'retail' ? cysecRetail : house,
  })),
  { type: 'pro', currencies: both, category: 'professional', leverage: 100, source: house },
  { type: 'swap_free', currencies: both, category: 'retail', leverage: 30, source: cysecRetail },
  { type: 'demo', currencies: both, leverage: 30, source: 'shows what a retail client would get' },
]);

/** Offshore: 500 by the house; swap-free for residents of the countries where it is asked for on grounds of faith. */
export const offshoreGroups: readonly GroupRow[] = rowsOf('off', [
  { type: 'standard', currencies: both, leverage: 500, source: house },
  { type: 'pro', currencies: ['USD'], leverage: 500, source: house },
  {
    type: 'swap_free',
    currencies: ['USD'],
    residents: 'swap_free_countries',
    leverage: 200,
    source: 'house rule',
  },
  { type: 'demo', currencies: both, leverage: 500, source: house },
]);

function rowsOf(prefix: 'cy' | 'off', offers: readonly Offer[]): GroupRow[] {
  return platformKinds.flatMap((platform) =>
    offers.flatMap((offer) =>
      offer.currencies.map((currency): GroupRow => {
        const { category, residents, type } = offer;
        const words = [type.replace('_', '-'), category, currency.toLowerCase()];
        return {
          id: `${prefix}.${platform}.${words.filter((word) => word !== undefined).join('-')}`,
          platform,
          type,
          currency,
          ...(category === undefined ? {} : { category }),
          ...(residents === undefined ? {} : { residents }),
          group: groupOf(platform, { prefix, type, currency }),
          leverage: offer.leverage,
          rights: rightsOf(platform, type),
          swapFree: type === 'swap_free',
          demo: type === 'demo',
          source: offer.source,
        };
      }),
    ),
  );
}

/** Robots that live on free swaps are kept off where the platform can do so for one log-in; elsewhere the group does. */
function rightsOf(platform: PlatformKind, type: AccountTypeName): readonly AccountRight[] {
  const withoutRobots = platform === 'mt5' && type === 'swap_free';
  return withoutRobots ? accountRights.filter((right) => right !== 'experts') : accountRights;
}

/** Each platform has its own spelling; a cTrader account is swap-free by itself and shares the group. */
function groupOf(
  platform: PlatformKind,
  {
    prefix,
    type,
    currency,
  }: { readonly prefix: string; readonly type: AccountTypeName; readonly currency: string },
): string {
  const code = currency.toLowerCase();
  const suffix = suffixes[type];
  switch (platform) {
    case 'mt5':
      return type === 'demo' ? `demo\\${code}-${suffix}` : `real\\${prefix}-${code}-${suffix}`;
    case 'mt4':
      return type === 'demo' ? `demo-${code}-${suffix}` : `${prefix}-${code}-${suffix}`;
    case 'ctrader':
      return `${type === 'demo' ? 'demo' : prefix}-${type === 'pro' ? 'pro' : 'std'}/${currency}`;
  }
}

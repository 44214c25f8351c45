import type { GroupSpec } from '../brokerage/groups';

/** MT4 keeps 16 characters of a group's name. */
export const GROUPS: readonly GroupSpec[] = [
  group('cy-usd-std', 'USD', 100, 50, 100n),
  group('cy-eur-std', 'EUR', 100, 50, 100n),
  group('cy-usd-pro', 'USD', 100, 50, 350n),
  group('cy-eur-pro', 'EUR', 100, 50, 350n),
  group('cy-usd-sf', 'USD', 100, 50, 250n),
  group('cy-eur-sf', 'EUR', 100, 50, 250n),
  group('off-usd-std', 'USD', 80, 20, 100n),
  group('off-eur-std', 'EUR', 80, 20, 100n),
  group('off-usd-pro', 'USD', 80, 20, 350n),
  group('off-usd-sf', 'USD', 80, 20, 250n),
  group('demo-usd-std', 'USD', 100, 50, 100n),
  group('demo-eur-std', 'EUR', 100, 50, 100n),
  { ...group('close-usd', 'USD', 100, 50, 100n), closeOnly: true },
  { ...group('close-eur', 'EUR', 100, 50, 100n), closeOnly: true },
];

function group(
  name: string,
  currency: string,
  marginCall: number,
  marginStopOut: number,
  commissionPerLotMinor: bigint,
): GroupSpec {
  const swapFree = name.endsWith('-sf');
  return {
    name,
    currency,
    marginCall,
    marginStopOut,
    demoLeverage: 100,
    commissionPerLotMinor,
    swapFree,
  };
}

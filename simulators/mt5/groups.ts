import type { GroupSpec } from '../brokerage/groups';

export const GROUPS: readonly GroupSpec[] = [
  group('real\\cy-usd-std', 'USD', 100, 50, 100n),
  group('real\\cy-eur-std', 'EUR', 100, 50, 100n),
  group('real\\cy-usd-pro', 'USD', 100, 50, 350n),
  group('real\\cy-eur-pro', 'EUR', 100, 50, 350n),
  group('real\\cy-usd-sf', 'USD', 100, 50, 250n),
  group('real\\cy-eur-sf', 'EUR', 100, 50, 250n),
  group('real\\off-usd-std', 'USD', 80, 20, 100n),
  group('real\\off-eur-std', 'EUR', 80, 20, 100n),
  group('real\\off-usd-pro', 'USD', 80, 20, 350n),
  group('real\\off-usd-sf', 'USD', 80, 20, 250n),
  group('demo\\usd-std', 'USD', 100, 50, 100n),
  group('demo\\eur-std', 'EUR', 100, 50, 100n),
  { ...group('real\\close-usd', 'USD', 100, 50, 100n), closeOnly: true },
  { ...group('real\\close-eur', 'EUR', 100, 50, 100n), closeOnly: true },
];

export function findGroup(name: string): GroupSpec | undefined {
  return GROUPS.find((known) => known.name.toLowerCase() === name.toLowerCase());
}

function group(
  name: string,
  currency: 'USD' | 'EUR',
  marginCall: number,
  marginStopOut: number,
  commissionPerLotMinor: bigint,
): GroupSpec {
  const demoLeverage = name.startsWith('demo') ? 100 : 0;
  const swapFree = name.endsWith('-sf');
  return {
    name,
    currency,
    marginCall,
    marginStopOut,
    demoLeverage,
    commissionPerLotMinor,
    swapFree,
  };
}

import type { Facts } from '../policy/fact';

const told = {
  ip: { reason: 'SHARED_IP', fact: 'sharedIp' },
  name: { reason: 'SHARED_NAME', fact: 'sharedName' },
  address: { reason: 'SHARED_ADDRESS', fact: 'sharedAddress' },
} as const;

/** With whom a client has something in common: whether with the partner, and with how many others. Never what it is. */
export interface Shared {
  readonly [key: string]: boolean | number;
  readonly partner: boolean;
  readonly clients: number;
}

/** Of the rules that spoke, by what is shared. */
export function sharedOf(
  facts: Facts,
  reasons: readonly string[],
): Readonly<Record<string, Shared>> {
  return Object.fromEntries(
    Object.entries(told)
      .filter(([, { reason }]) => reasons.includes(reason))
      .map(([field, { fact }]) => [
        field,
        { partner: facts[`${fact}.partner`] === true, clients: Number(facts[`${fact}.clients`]) },
      ]),
  );
}

/** In words for the reason's line in a task; undefined for a reason of another kind. */
export function sharedTold(facts: Facts, reason: string): string | undefined {
  const [shared] = Object.values(sharedOf(facts, [reason]));
  if (!shared) return undefined;
  const { partner, clients } = shared;
  const others = clients === 1 ? '1 other client' : `${clients} other clients`;
  if (clients === 0) return 'shared with the partner';
  return partner
    ? `shared with the partner and ${others} of the partner`
    : `shared with ${others} of the partner`;
}

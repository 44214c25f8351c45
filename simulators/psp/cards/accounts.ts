import { type Call } from '../../http/server';
import { type Change } from '../../journal/journal';
import { type Psp } from '../psp';
import { put } from '../state';

/** A merchant may have two accounts at the card provider: each has its own keys, payments and webhooks. */
export const cardAccounts = ['stripe', 'stripe_2'] as const;
export type CardAccount = (typeof cardAccounts)[number];

/** Whose key the request bears; undefined when it is nobody's. */
export function accountOf({ cardSecrets }: Psp, { headers }: Call): CardAccount | undefined {
  const given = headers.authorization ?? '';
  return cardAccounts.find((account) => {
    const basic = Buffer.from(`${cardSecrets[account].key}:`).toString('base64');
    return given === `Bearer ${cardSecrets[account].key}` || given === `Basic ${basic}`;
  });
}

/** Says whose a payment is, which its wire does not; those of the first account need no saying. */
export function owned(account: CardAccount, intentId: string): Change[] {
  return account === 'stripe' ? [] : [put('owners', intentId, { account })];
}

export function ownerOf({ state }: Psp, intentId: string): CardAccount {
  return state.get('owners', intentId)?.account ?? 'stripe';
}

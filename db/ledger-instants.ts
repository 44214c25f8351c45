import type { Tx } from './connection';
import { rows } from './connection';

/** Whether an instant is asked of when things happened, or of when they came on record. */
export type LedgerTime = 'effective' | 'recorded';

const balances = {
  effective: 'ledger_balance_effective',
  recorded: 'ledger_balance_recorded',
} as const;

/**
 * What accounts stood at at an instant, by id, in minor units: when everything effective until then had
 * happened, or as it was on record then. Accounts out of sight have no entries in sight either: zero.
 */
export async function balancesAt(
  tx: Tx,
  accountIds: readonly string[],
  { instant, by }: { readonly instant: string; readonly by: LedgerTime },
): Promise<ReadonlyMap<string, bigint>> {
  const found = await rows<{ id: string; balance: string }>(
    tx,
    `select id, ${balances[by]}(id, :instant::timestamptz) as balance from unnest(:accountIds::text[]) as x(id)`,
    { accountIds: [...accountIds], instant },
  );
  return new Map(found.map(({ id, balance }) => [id, BigInt(balance)]));
}

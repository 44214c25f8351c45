import { Problem } from '../domain/problem';
import { rows, type Tx } from './connection';

/** What holds for many entities at once: a layer of policy, or (`base`) whatever concerns everybody. */
export interface Reach {
  readonly layer: 'base' | 'jurisdiction' | 'entity';
  readonly layerKey: string;
}

export const everybody: Reach = { layer: 'base', layerKey: '' };

/** Whether the caller works for every entity that it reaches: nobody makes rules for colleagues elsewhere. */
export async function worksForWhole(tx: Tx, { layer, layerKey }: Reach): Promise<boolean> {
  const { scope } = tx;
  if (scope.kind === 'system' || layer === 'entity') return true;
  if (scope.kind !== 'staff') return false;
  const beyond = await rows(
    tx,
    `select 1 from entity where id <> all (:entities::text[]) and (:layer = 'base' or jurisdiction = :layerKey) limit 1`,
    { entities: [...scope.entities], layer, layerKey },
  );
  return beyond.length === 0;
}

/** Throws 403 `not_whole` unless the caller works for every entity that it reaches. */
export async function assertWhole(tx: Tx, reach: Reach, what: string): Promise<void> {
  if (await worksForWhole(tx, reach)) return;
  throw new Problem({ status: 403, code: 'not_whole', detail: whyNotWhole(reach, what) });
}

export function whyNotWhole({ layer, layerKey }: Reach, what: string): string {
  const those = layer === 'jurisdiction' ? `every entity of ${layerKey}` : 'every entity there is';
  return `${what} concerns ${those}: somebody who works for all of them has to do it.`;
}

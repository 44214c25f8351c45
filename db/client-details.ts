import { may } from '../domain/access/scope';
import { forbidden, refused } from '../domain/problem';
import { readClient } from './clients';
import type { Tx } from './connection';
import { changeParty, holderOf, type PersonalData } from './parties';

export type ClientDetails = Partial<
  Pick<PersonalData, 'name' | 'birth_date' | 'nationality' | 'phone' | 'address'>
>;

/**
 * An officer changes what is known of a client, who is assessed again for it. Whoever does so has taken part, and does
 * not decide about the client any more. 403 without `client.edit`; 422 `nothing_changed`.
 */
export async function changeClientDetails(
  tx: Tx,
  clientId: string,
  changes: ClientDetails,
): Promise<void> {
  if (!may(tx.scope, 'client.edit')) throw forbidden('client.edit');
  if (Object.keys(changes).length === 0)
    throw refused('nothing_changed', 'Say what is different now.');
  const { id } = await readClient(tx, clientId);
  await changeParty(tx, (await holderOf(tx, id)).id, changes);
}

import type { Tx } from '../../../db/connection';
import { namesOfUsers } from '../../../db/user-names';

/** Says who an actor or a user id is: a colleague's name, "the client", "process withdrawal". */
export type ActorWords = (actor: string | null | undefined) => string;

/** Reads the names behind the actors once, for a whole page. */
export async function actorWords(
  tx: Tx,
  actors: readonly (string | null | undefined)[],
): Promise<ActorWords> {
  const idOf = (actor: string) => actor.replace(/^user:/, '');
  const known = actors.flatMap((actor) => (actor ? [idOf(actor)] : []));
  const names = await namesOfUsers(
    tx,
    known.filter((id) => id.startsWith('usr_')),
  );
  return (actor) => {
    if (!actor) return '';
    const id = idOf(actor);
    const user = names.get(id);
    if (user) return user.name ?? (user.kind === 'client' ? 'the client' : 'the partner');
    if (id.startsWith('usr_')) return `colleague ${id.slice(-8)}`;
    const [kind = '', rest = ''] = id.split(':');
    if (kind === 'workflow') return `process ${rest.split('/')[0] ?? ''}`;
    if (kind === 'provider') return rest;
    if (kind === 'os') return `${rest} on the machine`;
    return id.replaceAll(/[:/_-]/g, ' ');
  };
}

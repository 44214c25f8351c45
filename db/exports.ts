import { asSystem, type Tx } from './connection';
import { appendEvents } from './events';

/** What somebody takes away as a file, and by which filters. */
export interface Export {
  readonly what: 'payments';
  /** Undefined: of every entity that the person sees. */
  readonly entityId: string | undefined;
  readonly filters: Readonly<Record<string, string | undefined>>;
}

/**
 * Records that a colleague exports a list, once for each entity whose rows may be in it. The filters are the
 * colleague's ciphertext: a reference may be anything that was typed.
 */
export async function recordExport(tx: Tx, { what, entityId, filters }: Export): Promise<void> {
  const { scope } = tx;
  if (scope.kind !== 'staff') throw new Error('only colleagues export lists');
  const entities = entityId === undefined ? scope.entities : [entityId];
  const given = Object.entries(filters).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  await asSystem(tx, (system) =>
    appendEvents(
      system,
      entities.map((entity) => ({
        subject: `${what}/${entity}`,
        type: 'audit.list_exported',
        entityId: entity,
        payload: { list: what, filters: given.map(([name]) => name) },
        personal: { personId: scope.userId, data: Object.fromEntries(given) },
      })),
    ),
  );
}

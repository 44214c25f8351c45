import type { Place } from '../../domain/partners/places';
import { rows, type Tx } from '../connection';

/**
 * Puts the record of where partners stood in the place of what their rows began with, for a book that is brought along: of
 * the partners that are named, whose rows say where they stand at last. Runs as the system.
 */
export async function bringPlaces(tx: Tx, places: readonly Place[]): Promise<void> {
  const records = JSON.stringify(places);
  await rows(
    tx,
    `update partner_place w set parent_id = n."parentId", level = n.level, to_at = n."to"
     from jsonb_to_recordset(:records::jsonb) as n("partnerId" text, "parentId" text, level int, "from" timestamptz, "to" timestamptz)
     where w.partner_id = n."partnerId" and w.from_at = '-infinity' and n."from" is null`,
    { records },
  );
  await rows(
    tx,
    `insert into partner_place (partner_id, entity_id, parent_id, level, from_at, to_at)
     select n."partnerId", p.entity_id, n."parentId", n.level, n."from", n."to"
     from jsonb_to_recordset(:records::jsonb) as n("partnerId" text, "parentId" text, level int, "from" timestamptz, "to" timestamptz)
     join partner p on p.id = n."partnerId" where n."from" is not null`,
    { records },
  );
}

import type { Keys } from '../domain/keys';
import { rows, type Tx } from './connection';
import { screeningColumns, screeningFromRow, type Screening, type ScreeningRow } from './screening';

/** Where the screening of one party of a client stands, without opening anything of theirs. */
export interface PartyStanding {
  readonly partyId: string;
  /** Of the client's latest case. */
  readonly entityId: string;
  /** Changes with every writing of what a screening is made of, with the party's key, and each day. */
  readonly restsOn: string;
  readonly latest: Screening | undefined;
  /** People judge a match of the client, or were asked about one by the process. */
  readonly isAsked: boolean;
}

/**
 * Where the client's parties stand, in the order in which they are screened; none without a KYC case. Ciphertexts that
 * were not written anew are the same data under the same key, so their digest stands for what would be read on this day,
 * which tells of which century a document's birth year is.
 */
export async function partyStandings(
  tx: Tx,
  {
    clientId,
    workflowId,
    day,
  }: { readonly clientId: string; readonly workflowId: string; readonly day: string },
): Promise<PartyStanding[]> {
  type Found = { [column in keyof ScreeningRow]: ScreeningRow[column] | null };
  const found = await rows<
    Found & {
      readonly of_party: string;
      readonly of_entity: string;
      readonly rests_on_now: string;
      readonly asked: boolean;
    }
  >(
    tx,
    `select p.id as of_party, k.entity_id as of_entity, last.*,
       encode(sha256(convert_to(concat_ws('|', :day::text, k.id, coalesce(p.name_ct, '~'), coalesce(p.birth_date_ct, '~'),
         coalesce(p.nationality_ct, '~'), coalesce(key.wrapped_key, '~'), coalesce(d.id, '~'), coalesce(d.details_ct, '~')),
         'UTF8')), 'hex') as rests_on_now,
       exists (select 1 from task t where t.workflow_id = :workflowId and t.kind = 'screening_match')
         or exists (select 1 from task t join screening_result s on s.id = t.content ->> 'screening'
           where t.kind = 'screening_match' and t.state = 'open' and s.client_id = :clientId) as asked
     from party p
       cross join lateral (select c.id, c.entity_id from kyc_case c where c.client_id = p.client_id
         order by c.opened_at desc, c.id desc limit 1) k
       left join data_key key on key.person_id = p.id
       left join lateral (select i.id, i.details_ct from document i
         where i.case_id = k.id and i.party_id = p.id and i.slot = 'identity' and i.state <> 'archived'
         order by i.uploaded_at, i.id limit 1) d on true
       left join lateral (select ${screeningColumns} from screening_result s where s.party_id = p.id
         order by s.at desc, s.id desc limit 1) last on true
     where p.client_id = :clientId and p.removed_at is null
     order by p.role <> 'holder', p.created_at, p.id limit 30`,
    { clientId, workflowId, day },
  );
  return found.map((row) => ({
    partyId: row.of_party,
    entityId: row.of_entity,
    restsOn: row.rests_on_now,
    latest: isScreening(row) ? screeningFromRow(row) : undefined,
    isAsked: row.asked,
  }));
}

/**
 * What screenings were found to rest on, by their ids. It may be forgotten: then the data is read, and compared, once
 * more. Of each database apart, told by its keys.
 */
const foundBefore = new WeakMap<Keys, Map<string, string>>();
/** Far more than the clients who are paid in one day. */
const foundMax = 20_000;

/** A screening was made of, or found to hold for, what lay here when `restsOn` was read: before the data was. */
export function noteRestsOn(tx: Tx, { id }: Pick<Screening, 'id'>, restsOn: string): void {
  const found = foundBefore.get(tx.keys) ?? new Map<string, string>();
  foundBefore.set(tx.keys, found);
  if (found.size >= foundMax) found.clear();
  found.set(id, restsOn);
}

/** Whether the party's latest screening is known to be of what lies here now. */
export function isKnownOf(tx: Tx, { latest, restsOn }: PartyStanding): boolean {
  return latest !== undefined && foundBefore.get(tx.keys)?.get(latest.id) === restsOn;
}

function isScreening<Row extends { readonly id: string | null }>(
  row: Row,
): row is Row & ScreeningRow {
  return row.id !== null;
}

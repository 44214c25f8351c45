import { newId } from '../domain/ids';
import { conflict, forbidden } from '../domain/problem';
import { may } from '../domain/access/scope';
import type { KeptRecord } from '../domain/retention/retention';
import { readClient } from './clients';
import { asSystem, rows, utc, type Tx } from './connection';
import { appendEvents } from './events';
import { keepsAsJson, lockRetention, readRetention } from './retention';
import { askAboutErasure } from './erasures';

/** What a client asked for, and what they were answered: what must be kept, and until when. */
export interface ErasureRequest {
  readonly id: string;
  readonly clientId: string;
  readonly askedBy: string;
  readonly askedAt: string;
  readonly kept: readonly KeptRecord[];
  /** Null while the relationship lasts: the time begins when it ends. */
  readonly keptUntil: string | null;
}

interface RequestRow {
  readonly id: string;
  readonly client_id: string;
  readonly asked_by: string;
  readonly asked_at: string;
  readonly kept: readonly KeptRecord[];
  readonly kept_until: string | null;
}

const columns = 'id, client_id, asked_by, asked_at, kept, kept_until::text';

function fromRow(row: RequestRow): ErasureRequest {
  return {
    id: row.id,
    clientId: row.client_id,
    askedBy: row.asked_by,
    askedAt: utc(row.asked_at),
    kept: row.kept,
    keptUntil: row.kept_until,
  };
}

/** The newest first; more than a person asks in a life. */
const requestsMax = 100;

export async function erasureRequestsOf(tx: Tx, clientId: string): Promise<ErasureRequest[]> {
  const found = await rows<RequestRow>(
    tx,
    `select ${columns} from erasure_request where client_id = :clientId order by id desc limit ${requestsMax}`,
    { clientId },
  );
  return found.map(fromRow);
}

/**
 * Records that a client, or a colleague for one who wrote or called, asks for the erasure of the client's data, and
 * answers with what must be kept and until when. Where that time is over colleagues are asked to erase. A hold is no part
 * of the answer. Once a day (409 `asked_already`); 409 `already_erased`.
 */
export async function requestErasure(tx: Tx, clientId: string): Promise<ErasureRequest> {
  if (tx.scope.kind === 'staff' && !may(tx.scope, 'client.edit')) throw forbidden('client.edit');
  const client = await readClient(tx, clientId);
  const retention = await readRetention(tx, client.id, new Date().toISOString().slice(0, 10));
  if (retention.standing === 'erased')
    throw conflict('already_erased', 'What was known of this client has been erased.');
  return asSystem(tx, async (system) => {
    await lockRetention(system, client);
    const [latest] = await erasureRequestsOf(system, client.id);
    if (latest && Date.parse(latest.askedAt) > Date.now() - 86_400_000)
      throw conflict('asked_already', 'This has been asked for today, and answered.', {
        request: latest.id,
      });
    const [row] = await rows<RequestRow>(
      system,
      `insert into erasure_request (id, entity_id, client_id, asked_by, kept, kept_until)
       values (:id, :entityId, :clientId, :by, :kept, :keptUntil) returning ${columns}`,
      {
        id: newId('erasureRequest'),
        ...{ entityId: client.entityId, clientId: client.id, by: tx.scope.actor },
        kept: JSON.stringify(keepsAsJson(retention.kept)),
        keptUntil: retention.keptUntil,
      },
    );
    if (!row) throw new Error('the request was not inserted');
    const request = fromRow(row);
    await appendEvents(system, [
      {
        subject: client.id,
        type: 'erasure.requested',
        entityId: client.entityId,
        clientId: client.id,
        payload: {
          request: request.id,
          keptUntil: request.keptUntil,
          standing: retention.standing,
        },
      },
    ]);
    if (retention.standing === 'over')
      await askAboutErasure(system, client, { retention, cause: 'client_request' });
    return request;
  });
}

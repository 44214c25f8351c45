import type { Checkpoint, CheckpointFormat } from '../../domain/audit/checkpoint';
import { rows, utc, type Tx } from '../connection';

export async function insertCheckpoint(tx: Tx, checkpoint: Checkpoint): Promise<void> {
  await rows(
    tx,
    `insert into checkpoint (number, id, at, subjects, last_order, heads_hash, prev, signature, key_id, format)
     values (:number, :id, :at, :subjects, :lastOrder, :headsHash, :prev, :signature, :keyId, :format)`,
    { ...checkpoint },
  );
}

interface CheckpointRow {
  readonly format: CheckpointFormat;
  readonly number: string;
  readonly id: string;
  readonly at: string;
  readonly subjects: string;
  readonly last_order: string;
  readonly heads_hash: string;
  readonly prev: string;
  readonly signature: string;
  readonly key_id: string;
}

const columns = 'number, id, at, subjects, last_order, heads_hash, prev, signature, key_id, format';

function fromRow(row: CheckpointRow): Checkpoint {
  // The copy outside finds a line's number at its beginning.
  return {
    number: row.number,
    format: row.format,
    id: row.id,
    at: utc(row.at),
    subjects: row.subjects,
    lastOrder: row.last_order,
    headsHash: row.heads_hash,
    prev: row.prev,
    keyId: row.key_id,
    signature: row.signature,
  };
}

/** The checkpoint with the highest number. */
export async function lastCheckpoint(tx: Tx): Promise<Checkpoint | undefined> {
  const [row] = await rows<CheckpointRow>(
    tx,
    `select ${columns} from checkpoint order by number desc limit 1`,
  );
  return row && fromRow(row);
}

/** Checkpoints in order of number. */
export async function listCheckpoints(
  tx: Tx,
  { after = '0', limit }: { after?: string; limit: number },
): Promise<Checkpoint[]> {
  const found = await rows<CheckpointRow>(
    tx,
    `select ${columns} from checkpoint where number > :after order by number limit :limit`,
    { after, limit },
  );
  return found.map(fromRow);
}

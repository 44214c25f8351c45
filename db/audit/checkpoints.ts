import {
  checkpointDigest,
  checkpointMessage,
  noCheckpoint,
  type Checkpoint,
  type CheckpointFormat,
} from '../../domain/audit/checkpoint';
import type { Head } from '../../domain/audit/chain';
import { newId } from '../../domain/ids';
import { systemScope } from '../../domain/access/scope';
import { inScope, rows, type Database, type Tx } from '../connection';
import { settledOrder } from '../settled-order';
import { appendToCopy, lastNumberCopied } from './checkpoint-copy';
import { insertCheckpoint, lastCheckpoint } from './checkpoint-rows';

export type CheckpointOutcome =
  | { readonly kind: 'written'; readonly checkpoint: Checkpoint }
  /** Nothing was recorded since the last one. */
  | { readonly kind: 'nothing_new' }
  /** Another process writes one, or a transaction that recorded events does not end. */
  | { readonly kind: 'busy'; readonly reason: string }
  /**
   * What checkpoint `last` signed, or that checkpoint itself, is not there any more. Signing the present state would
   * cover it up, so nothing is signed until `audit verify` has been read.
   */
  | { readonly kind: 'refused'; readonly last: string };

export interface WriteCheckpointOptions {
  /** File outside the database that every checkpoint is appended to. */
  readonly copyPath: string;
  /** How long to wait for transactions that have recorded events and not ended. Default 20 s. */
  readonly waitMsMax?: number;
}

const actor = 'job:checkpoint';

/**
 * Signs where every chain ends. One process writes at a time; the state that the last checkpoint
 * signed is checked first, so that every checkpoint vouches for all before it.
 */
export async function writeCheckpoint(
  db: Database,
  { copyPath, waitMsMax = 20_000 }: WriteCheckpointOptions,
): Promise<CheckpointOutcome> {
  const outcome = await inScope(db, systemScope(actor), async (tx) => {
    if (!(await isOnlyWriter(tx))) return busy('another process writes a checkpoint');
    const last = await lastCheckpoint(tx);
    const lastOrder = await settledOrder(tx, 'event', waitMsMax);
    if (lastOrder === undefined) return busy('a transaction that recorded events does not end');
    const copied = await lastNumberCopied(copyPath);
    if (BigInt(copied) > BigInt(last?.number ?? '0')) {
      return { kind: 'refused', last: copied } as const;
    }
    if (last) {
      const { headsHash, subjects } = await headsAt(tx, last.lastOrder, last.format);
      if (headsHash !== last.headsHash || subjects !== last.subjects) {
        return { kind: 'refused', last: last.number } as const;
      }
    }
    if (last?.format !== 1 && lastOrder === (last?.lastOrder ?? '0')) {
      return { kind: 'nothing_new' } as const;
    }
    const checkpoint = await sign(tx, { last, lastOrder });
    await insertCheckpoint(tx, checkpoint);
    return { kind: 'written', checkpoint } as const;
  });
  // After the commit: the copy never holds a checkpoint that the database does not know.
  await inScope(db, systemScope(actor), async (tx) => {
    if (await isOnlyWriter(tx)) await appendToCopy(tx, copyPath);
  });
  return outcome;
}

function busy(reason: string): CheckpointOutcome {
  return { kind: 'busy', reason };
}

async function isOnlyWriter(tx: Tx): Promise<boolean> {
  const [row] = await rows<{ locked: boolean }>(
    tx,
    `select pg_try_advisory_xact_lock(hashtextextended('keelson/checkpoint', 0)) as locked`,
  );
  return row?.locked ?? false;
}

/**
 * Every chain's leaf as it stood when everything up to `lastOrder` was recorded. Only chains that went
 * on since are looked up event by event.
 */
const leaves = `
  with later as (select distinct subject from event where recorded_order > :lastOrder::bigint),
  head as (
    select h.subject, h.seq, h.hash from event_head h
    where h.seq > 0 and not exists (select 1 from later l where l.subject = h.subject)
    union all
    select l.subject, e.seq, e.hash from later l cross join lateral (
      select seq, hash from event where subject = l.subject and recorded_order <= :lastOrder::bigint
      order by seq desc limit 1) e)
  select subject, seq, hash, sha256(hash_field(subject) || hash_field(seq::text) || hash) as leaf from head`;

/** The hash over all heads as they stood when everything up to `lastOrder` was recorded. */
async function headsAt(
  tx: Tx,
  lastOrder: string,
  format: CheckpointFormat,
): Promise<{ headsHash: string; subjects: string }> {
  const hash =
    format === 1
      ? `sha256(coalesce(string_agg(leaf, ''::bytea order by subject collate "C"), ''::bytea))`
      : `merkle_root(array_agg(leaf order by subject collate "C"))`;
  const [row] = await rows<{ heads_hash: string; subjects: string }>(
    tx,
    `select encode(${hash}, 'hex') as heads_hash, count(*) as subjects from (${leaves}) l`,
    { lastOrder },
  );
  if (!row) throw new Error('the heads have no hash');
  return { headsHash: row.heads_hash, subjects: row.subjects };
}

/** Where a chain ended at a checkpoint, and the place of its leaf in the tree, from 0. */
export interface PlacedHead extends Head {
  readonly index: number;
}

/** All leaves of that moment in their order, and the heads of these subjects: what proofs of inclusion are made of. */
export async function treeAt(
  tx: Tx,
  { lastOrder, subjects }: { readonly lastOrder: string; readonly subjects: readonly string[] },
): Promise<{ readonly leaves: Buffer[]; readonly heads: PlacedHead[] }> {
  const [row] = await rows<{ joined: Buffer | null }>(
    tx,
    `select string_agg(leaf, ''::bytea order by subject collate "C") as joined from (${leaves}) l`,
    { lastOrder },
  );
  const joined = row?.joined ?? Buffer.alloc(0);
  const found = await rows<{ subject: string; seq: string; hash: Buffer; index: string }>(
    tx,
    `select subject, seq, hash, index from (
       select subject, seq, hash, row_number() over (order by subject collate "C") - 1 as index from (${leaves}) l) placed
     where subject = any (:subjects::text[]) order by index`,
    { lastOrder, subjects: [...subjects] },
  );
  return {
    leaves: Array.from({ length: joined.length / leafBytes }, (_, n) =>
      joined.subarray(n * leafBytes, (n + 1) * leafBytes),
    ),
    heads: found.map((head) => ({ ...head, index: Number(head.index) })),
  };
}

const leafBytes = 32;

async function sign(
  tx: Tx,
  { last, lastOrder }: { last: Checkpoint | undefined; lastOrder: string },
): Promise<Checkpoint> {
  const unsigned = {
    format: 2 as const,
    number: (BigInt(last?.number ?? '0') + 1n).toString(),
    id: newId('checkpoint'),
    at: new Date().toISOString(),
    lastOrder,
    prev: last === undefined ? noCheckpoint : checkpointDigest(last),
    keyId: tx.keys.keyId,
    ...(await headsAt(tx, lastOrder, 2)),
  };
  return { ...unsigned, signature: tx.keys.sign(checkpointMessage(unsigned)) };
}

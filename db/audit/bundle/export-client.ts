import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Checkpoint } from '../../../domain/audit/checkpoint';
import { withMicroseconds } from '../../../domain/audit/event-hash';
import type { Scope } from '../../../domain/access/scope';
import { describeFaultTo } from '../fault-words';
import { conflict, notFound } from '../../../domain/problem';
import { asSystem, inScope, rows, type Database, type Tx } from '../../connection';
import { appendEvents } from '../../events';
import { lastCheckpoint } from '../checkpoint-rows';
import { writeCheckpoint } from '../checkpoints';
import { verifyAudit } from '../verify';
import { anchorsOf } from './anchors';
import { assertMayOpen, eventsForExport, openPersonal, type ExportedEvent } from './client-events';
import { eventsCsv, eventsPage } from './papers';

export interface ExportRequest {
  readonly clientId: string;
  /** A folder that is not there yet, or empty. */
  readonly out: string;
  /** Personal data in clear beside the ciphertext: needs a person with `audit.export` and `client.personal`. */
  readonly openPersonal: boolean;
  /** The copy of checkpoints outside the database; a fresh checkpoint covers what is exported. */
  readonly copyPath: string;
  /** How long that checkpoint may wait for transactions under way. Default 20 s. */
  readonly checkpointWaitMsMax?: number;
}

export interface Exported {
  readonly events: number;
  readonly subjects: number;
  readonly checkpoint: string | null;
  readonly files: readonly string[];
}

/** What the manifest says, field by field as `verify.mjs` reads it. */
interface Manifest {
  readonly format: 'keelson audit bundle 2';
  readonly client: string;
  readonly madeAt: string;
  readonly madeBy: string;
  readonly keyId: string;
  readonly personalDataInClear: boolean;
  readonly checkpoint: Checkpoint | null;
  /** What the whole trail was found to be changed in when this was written: the checkpoint's state was not there. */
  readonly faults: readonly string[];
  readonly heads: readonly { subject: string; seq: string; hash: string }[];
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Writes the whole trail of a client to a folder that anybody can verify with Node.js alone: events as
 * JSONL and CSV, a page to print, a signed manifest with the ends of the chains and a checkpoint, and
 * the verifier. Itself an event. Throws 404 `not_found`, 403 `forbidden`, 409 `not_empty`.
 */
export async function exportClient(
  db: Database,
  scope: Scope,
  request: ExportRequest,
): Promise<Exported> {
  if (request.openPersonal) assertMayOpen(scope);
  await prepareFolder(request.out);
  const { copyPath, checkpointWaitMsMax: waitMsMax } = request;
  const signed = await writeCheckpoint(db, {
    copyPath,
    ...(waitMsMax === undefined ? {} : { waitMsMax }),
  });
  const faults =
    signed.kind === 'refused'
      ? (await verifyAudit(db, { copyPath })).faults.map((fault) => describeFaultTo(scope, fault))
      : [];
  const files = new Map<string, string>();
  const read = await inScope(db, scope, async (tx) => {
    await assertClient(tx, request.clientId);
    // The checkpoint first: what it covers stands still, and the events read after it hold all of that.
    const checkpoint = await asSystem(tx, lastCheckpoint);
    const events = await eventsForExport(tx, request.clientId);
    const personal = request.openPersonal ? await openPersonal(tx, events) : [];
    const anchors = await asSystem(tx, (system) =>
      anchorsOf(system, checkpoint, [...new Set(events.map(({ subject }) => subject))]),
    );
    return { events, personal, checkpoint, anchors };
  });
  const madeAt = new Date().toISOString();
  const madeBy = scope.actor;
  const checkpoint = read.checkpoint && {
    ...read.checkpoint,
    at: withMicroseconds(read.checkpoint.at),
  };
  files.set('events.jsonl', jsonLines(read.events));
  files.set('events.csv', eventsCsv(read.events));
  files.set(
    'events.html',
    eventsPage(read.events, {
      clientId: request.clientId,
      madeAt,
      madeBy,
      personal: read.personal,
      checkpoint: checkpoint ? `Checkpoint ${checkpoint.number} of ${checkpoint.at}.` : '',
    }),
  );
  files.set('anchors.jsonl', jsonLines(read.anchors));
  if (request.openPersonal) files.set('personal.jsonl', jsonLines(read.personal));
  const manifest: Manifest = {
    format: 'keelson audit bundle 2',
    client: request.clientId,
    madeAt,
    madeBy,
    keyId: db.keys.keyId,
    personalDataInClear: request.openPersonal,
    checkpoint: checkpoint ?? null,
    faults,
    heads: headsOf(read.events),
    files: Object.fromEntries(
      [...files].map(([name, text]) => [name, createHash('sha256').update(text).digest('hex')]),
    ),
  };
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  files.set('manifest.json', text);
  files.set('manifest.sig', `${db.keys.sign(Buffer.from(text, 'utf8'))}\n`);
  for (const [name, content] of files) {
    await writeFile(path.join(request.out, name), content, { mode: 0o600, flag: 'wx' });
  }
  await copyFile(path.join(__dirname, 'verify.mjs'), path.join(request.out, 'verify.mjs'));
  await recordExport(db, scope, { request, events: read.events.length });
  return {
    events: read.events.length,
    subjects: manifest.heads.length,
    checkpoint: checkpoint?.number ?? null,
    files: [...files.keys(), 'verify.mjs'],
  };
}

async function prepareFolder(out: string): Promise<void> {
  await mkdir(out, { recursive: true, mode: 0o700 });
  if ((await readdir(out)).length > 0) {
    throw conflict('not_empty', 'The folder for the bundle is not empty.', {});
  }
  await chmod(out, 0o700);
}

async function assertClient(tx: Tx, clientId: string): Promise<void> {
  const found = await rows(tx, 'select 1 from client where id = :clientId', { clientId });
  if (found.length === 0) throw notFound('client');
}

function headsOf(events: readonly ExportedEvent[]): Manifest['heads'] {
  const heads = new Map<string, { subject: string; seq: string; hash: string }>();
  for (const { subject, seq, hash } of events) heads.set(subject, { subject, seq, hash });
  return [...heads.values()];
}

function jsonLines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}

async function recordExport(
  db: Database,
  scope: Scope,
  { request, events }: { request: ExportRequest; events: number },
): Promise<void> {
  await inScope(db, scope, (tx) =>
    asSystem(tx, async (system) => {
      const [client] = await rows<{ entity_id: string }>(
        system,
        'select entity_id from client where id = :clientId',
        { clientId: request.clientId },
      );
      await appendEvents(system, [
        {
          subject: request.clientId,
          type: 'audit.exported',
          entityId: client?.entity_id ?? null,
          clientId: request.clientId,
          payload: { events, personalDataInClear: request.openPersonal },
        },
      ]);
    }),
  );
}

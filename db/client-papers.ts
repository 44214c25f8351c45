import { may } from '../domain/access/scope';
import { newId } from '../domain/ids';
import {
  documentBytesMax,
  mediaTypes,
  sniffMediaType,
  type MediaType,
} from '../domain/onboarding/media-type';
import { forbidden, notFound, Problem, refused } from '../domain/problem';
import { asSystem, rows, utc, type Tx } from './connection';
import { contentHash } from './documents';
import { appendEvents } from './events';
import { decryptBytesFor, encryptBytesFor } from './personal-data';

/** What a client handed in for a request of theirs; its content is the client's ciphertext. */
export interface ClientPaper {
  readonly id: string;
  /** The request. */
  readonly subject: string;
  /** What it is there to show. */
  readonly purpose: string;
  readonly mediaType: MediaType;
  readonly bytes: number;
  /** Tells one paper from another without telling what it is. */
  readonly contentHash: string;
  readonly uploadedAt: string;
}

interface PaperRow {
  readonly id: string;
  readonly subject: string;
  readonly purpose: string;
  readonly media_type: MediaType;
  readonly bytes: number;
  readonly content_hash: string;
  readonly uploaded_at: string;
}

const columns = 'id, subject, purpose, media_type, bytes, content_hash, uploaded_at';
/** Papers that one request takes. */
const papersMax = 20;

export async function papersOf(tx: Tx, subject: string): Promise<ClientPaper[]> {
  const found = await rows<PaperRow>(
    tx,
    `select ${columns} from client_paper where subject = :subject order by id limit :limit`,
    { subject, limit: papersMax },
  );
  return found.map((row) => ({
    ...{ id: row.id, subject: row.subject, purpose: row.purpose, bytes: row.bytes },
    mediaType: row.media_type,
    contentHash: row.content_hash,
    uploadedAt: utc(row.uploaded_at),
  }));
}

/**
 * Keeps a paper of the client's. The caller has locked the request, and knows that it still takes some. Throws 415
 * `unsupported_media_type`, 422 `too_many_documents`.
 */
export async function addPaper(
  tx: Tx,
  paper: {
    readonly subject: string;
    readonly purpose: string;
    readonly clientId: string;
    readonly entityId: string;
    readonly content: Uint8Array;
  },
): Promise<void> {
  const { subject, purpose, clientId, entityId, content } = paper;
  const mediaType = sniffMediaType(content);
  if (mediaType === undefined)
    throw new Problem({
      status: 415,
      code: 'unsupported_media_type',
      detail: `A paper is one of ${mediaTypes.join(', ')}.`,
    });
  if (content.byteLength > documentBytesMax) throw new Error('the upload is not limited');
  if ((await papersOf(tx, subject)).length >= papersMax)
    throw refused('too_many_documents', 'This request has too many papers.', { limit: papersMax });
  const id = newId('paper');
  await asSystem(tx, async (system) => {
    const hash = contentHash(system, content);
    await rows(
      system,
      `insert into client_paper (id, subject, purpose, client_id, entity_id, media_type, bytes, content_hash, content_ct, uploaded_by)
       values (:id, :subject, :purpose, :clientId, :entityId, :mediaType, :bytes, :hash, :content, :by)`,
      {
        ...{ id, subject, purpose, clientId, entityId, mediaType, hash },
        ...{ bytes: content.byteLength, by: system.scope.actor },
        content: await encryptBytesFor(system, clientId, fieldOf(id), content),
      },
    );
    await appendEvents(system, [
      {
        subject,
        type: 'client.paper_handed_in',
        ...{ entityId, clientId },
        payload: { paper: id, purpose, mediaType, bytes: content.byteLength, contentHash: hash },
      },
    ]);
  });
}

/** What binds a paper's ciphertext to its place. */
const fieldOf = (id: string) => `client_paper/${id}`;

/**
 * The paper, for the client and for whoever may look at documents; that a colleague did is in the log of readings. Throws
 * 403, 404 also for another's, and 410 `erased` once the client's key is gone.
 */
export async function readPaperContent(
  tx: Tx,
  subject: string,
  id: string,
): Promise<{ readonly mediaType: MediaType; readonly content: Buffer }> {
  if (tx.scope.kind === 'staff' && !may(tx.scope, 'document.read'))
    throw forbidden('document.read');
  const [row] = await rows<{
    media_type: MediaType;
    content_ct: Buffer;
    client_id: string;
  }>(
    tx,
    'select media_type, content_ct, client_id from client_paper where id = :id and subject = :subject',
    { id, subject },
  );
  if (!row) throw notFound('paper');
  const content = await decryptBytesFor(tx, row.client_id, fieldOf(id), row.content_ct);
  if (content === undefined)
    throw new Problem({ status: 410, code: 'erased', detail: 'This paper has been erased.' });
  if (tx.scope.kind === 'staff')
    await rows(tx, 'insert into document_read (document_id, user_id) values (:id, :userId)', {
      ...{ id, userId: tx.scope.userId },
    });
  return { mediaType: row.media_type, content };
}

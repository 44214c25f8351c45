import { rows, utc, type Tx } from './connection';
import type { Document } from './documents';
import { decryptFor, encryptFor, erasedText } from './personal-data';

/** What a reader made of a document's picture. */
export interface DocumentPrint {
  readonly reader: string;
  /** The machine-readable zone; null where none could be read, and once the party's key is erased. */
  readonly zone: string | null;
  /** The number fits its check digit only after a change: alone, it proves nothing. */
  readonly isNumberMended: boolean;
  readonly at: string;
}

/** Which field the ciphertext of a zone that was read is bound to. */
export const zoneField = (documentId: string) => `document.zone/${documentId}`;

/** Keeps what was read, once for each document. Runs as the system. */
export async function recordPrint(
  tx: Tx,
  document: Document,
  {
    reader,
    zone,
    isNumberMended,
  }: { readonly reader: string; readonly zone: string | null; readonly isNumberMended: boolean },
): Promise<void> {
  await rows(
    tx,
    `insert into document_reading (document_id, client_id, entity_id, reader, zone_ct, is_number_mended)
     values (:id, :clientId, :entityId, :reader, :zone, :isNumberMended) on conflict do nothing`,
    {
      id: document.id,
      clientId: document.clientId,
      entityId: document.entityId,
      reader,
      isNumberMended,
      zone:
        zone === null ? null : await encryptFor(tx, document.partyId, zoneField(document.id), zone),
    },
  );
}

/** Undefined before anybody has tried to read it. */
export async function printOf(tx: Tx, document: Document): Promise<DocumentPrint | undefined> {
  const [row] = await rows<{
    reader: string;
    zone_ct: string | null;
    is_number_mended: boolean;
    at: string;
  }>(
    tx,
    'select reader, zone_ct, is_number_mended, at from document_reading where document_id = :id',
    { id: document.id },
  );
  if (!row) return undefined;
  const zone =
    row.zone_ct === null
      ? null
      : await decryptFor(tx, document.partyId, zoneField(document.id), row.zone_ct);
  return {
    reader: row.reader,
    zone: zone === erasedText ? null : zone,
    isNumberMended: row.is_number_mended,
    at: utc(row.at),
  };
}

/** Current documents of the case that nobody has tried to read yet. */
export async function unreadOf(tx: Tx, documents: readonly Document[]): Promise<Document[]> {
  const read = await rows<{ document_id: string }>(
    tx,
    'select document_id from document_reading where document_id = any (:ids)',
    { ids: documents.map(({ id }) => id) },
  );
  const known = new Set(read.map((row) => row.document_id));
  return documents.filter(({ id }) => !known.has(id));
}

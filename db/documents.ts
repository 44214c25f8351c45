import { createHash } from 'node:crypto';
import { may } from '../domain/access/scope';
import { newId } from '../domain/ids';
import type { DocumentKind, DocumentStatus } from '../domain/kyc/document';
import { powerOfAttorney } from '../domain/kyc/document';
import type { DocumentCheck } from '../domain/kyc/document-checks';
import type { Slot } from '../domain/onboarding/checklist';
import type { MediaType } from '../domain/onboarding/media-type';
import { conflict, forbidden, notFound, Problem, refused } from '../domain/problem';
import { asSystem, rows, utc, type Tx } from './connection';
import { appendEvents, canonical } from './events';
import { assertCollecting, caseEvent, lockCase, type KycCase } from './kyc';
import {
  decryptBytesFor,
  decryptFor,
  encryptBytesFor,
  encryptFor,
  erasedText,
} from './personal-data';
import { recordParticipation } from './tasks';

/** What the client typed in beside the picture. Dates are `YYYY-MM-DD`. */
export interface DocumentDetails {
  /** The machine-readable lines, as printed. */
  readonly mrz?: string;
  readonly number?: string;
  /** ISO 3166 alpha-2. */
  readonly issuer?: string;
  readonly issuedOn?: string;
  readonly expiresOn?: string;
  /** What a power of attorney allows, in its own words. */
  readonly scope?: string;
}

export interface Document {
  readonly id: string;
  readonly caseId: string;
  readonly clientId: string;
  readonly partyId: string;
  readonly entityId: string;
  readonly kind: DocumentKind;
  readonly slot: Slot;
  readonly mediaType: MediaType;
  readonly bytes: number;
  readonly state: DocumentStatus;
  /** Why it was rejected. */
  readonly reasons: readonly string[];
  readonly checks: readonly DocumentCheck[];
  readonly round: number;
  readonly uploadedBy: string;
  readonly uploadedAt: string;
  readonly decidedBy: string | null;
  readonly decidedAt: string | null;
}

interface DocumentRow {
  readonly id: string;
  readonly case_id: string;
  readonly client_id: string;
  readonly party_id: string;
  readonly entity_id: string;
  readonly kind: DocumentKind;
  readonly slot: Slot;
  readonly media_type: MediaType;
  readonly bytes: number;
  readonly state: DocumentStatus;
  readonly reasons: readonly string[];
  readonly checks: readonly DocumentCheck[];
  readonly round: number;
  readonly uploaded_by: string;
  readonly uploaded_at: string;
  readonly decided_by: string | null;
  readonly decided_at: string | null;
}

const columns = `id, case_id, client_id, party_id, entity_id, kind, slot, media_type, bytes, state, reasons, checks, round,
  uploaded_by, uploaded_at, decided_by, decided_at`;

function fromRow(row: DocumentRow): Document {
  return {
    id: row.id,
    caseId: row.case_id,
    clientId: row.client_id,
    partyId: row.party_id,
    entityId: row.entity_id,
    kind: row.kind,
    slot: row.slot,
    mediaType: row.media_type,
    bytes: row.bytes,
    state: row.state,
    reasons: row.reasons,
    checks: row.checks,
    round: row.round,
    uploadedBy: row.uploaded_by,
    uploadedAt: utc(row.uploaded_at),
    decidedBy: row.decided_by,
    decidedAt: row.decided_at === null ? null : utc(row.decided_at),
  };
}

/** Uploads that one case takes, replaced ones included. */
const documentsPerCaseMax = 120;

export interface NewDocument {
  readonly partyId: string;
  readonly kind: DocumentKind;
  readonly slot: Slot;
  /** How many documents the slot holds; with one, a new upload takes the place of the old. */
  readonly slotCount: number;
  readonly mediaType: MediaType;
  readonly content: Uint8Array;
  readonly details: DocumentDetails;
  /** Of an approved client, in the place of one that expires: that one counts until the newer is accepted. */
  readonly isRenewal?: boolean;
}

/**
 * Stores a document as the party's ciphertext, in the place of what it replaces. 409 `not_collecting` once the
 * case is submitted, a renewal of an approved one apart; 422 `too_many_documents`.
 */
export async function addDocument(tx: Tx, of: KycCase, upload: NewDocument): Promise<Document> {
  const present = await lockCase(tx, of.id);
  const isRenewal = upload.isRenewal === true && present.state === 'approved';
  if (!isRenewal) assertCollecting(present);
  const before = await documentsOf(tx, of.id);
  if (before.length >= documentsPerCaseMax) {
    throw refused('too_many_documents', 'This application has too many documents.', {
      limit: documentsPerCaseMax,
    });
  }
  const id = newId('document');
  return asSystem(tx, async (system) => {
    await rows(
      system,
      `update document set state = 'archived' where case_id = :caseId and party_id = :partyId and slot = :slot
         and (state = 'rejected' or (:single and (state = 'new' or (state = 'approved' and not :isRenewal))))`,
      {
        caseId: of.id,
        partyId: upload.partyId,
        slot: upload.slot,
        single: upload.slotCount === 1,
        isRenewal,
      },
    );
    const [row] = await rows<DocumentRow>(
      system,
      `insert into document (id, case_id, client_id, party_id, entity_id, kind, slot, media_type, bytes, content_hash,
         content_ct, details_ct, state, round, uploaded_by)
       values (:id, :caseId, :clientId, :partyId, :entityId, :kind, :slot, :mediaType, :bytes, :contentHash,
         :content, :details, 'new', :round, :uploadedBy) returning ${columns}`,
      {
        id,
        caseId: of.id,
        clientId: of.clientId,
        partyId: upload.partyId,
        entityId: of.entityId,
        kind: upload.kind,
        slot: upload.slot,
        mediaType: upload.mediaType,
        bytes: upload.content.byteLength,
        contentHash: contentHash(tx, upload.content),
        content: await encryptBytesFor(system, upload.partyId, contentField(id), upload.content),
        details: await encryptFor(
          system,
          upload.partyId,
          detailsField(id),
          canonical({ ...upload.details }),
        ),
        round: present.state === 'information_requested' ? present.round + 1 : present.round,
        uploadedBy: tx.scope.actor,
      },
    );
    if (!row) throw new Error('the document was not inserted');
    const document = fromRow(row);
    await appendEvents(system, [
      caseEvent(of, 'kyc.document_uploaded', {
        document: id,
        kind: document.kind,
        slot: document.slot,
        mediaType: document.mediaType,
        bytes: document.bytes,
        contentHash: contentHash(tx, upload.content),
      }),
    ]);
    return document;
  });
}

/** Keyed, so that the hash of a known picture cannot be looked up in a stolen database. */
export function contentHash(tx: Tx, content: Uint8Array): string {
  return tx.keys.blindIndex('document_content', createHash('sha256').update(content).digest('hex'));
}

const contentField = (id: string) => `document.content/${id}`;
/** Which field the ciphertext of what was typed in is bound to. */
export const detailsField = (id: string) => `document.details/${id}`;

/** Throws `not_found` (404). */
export async function readDocument(tx: Tx, id: string): Promise<Document> {
  const [row] = await rows<DocumentRow>(tx, `select ${columns} from document where id = :id`, {
    id,
  });
  if (!row) throw notFound('document');
  return fromRow(row);
}

/** The case's documents, replaced ones last. */
export async function documentsOf(tx: Tx, caseId: string): Promise<Document[]> {
  const found = await rows<DocumentRow>(
    tx,
    `select ${columns} from document where case_id = :caseId order by state = 'archived', uploaded_at, id limit 200`,
    { caseId },
  );
  return found.map(fromRow);
}

/** Those that count now: not replaced by a later one. */
export async function currentDocuments(tx: Tx, caseId: string): Promise<Document[]> {
  return (await documentsOf(tx, caseId)).filter((document) => document.state !== 'archived');
}

/** What was typed in with the document; empty once the party's key is erased. */
export async function readDetails(tx: Tx, document: Document): Promise<DocumentDetails> {
  const [row] = await rows<{ details_ct: string }>(
    tx,
    'select details_ct from document where id = :id',
    { id: document.id },
  );
  if (!row) throw notFound('document');
  const text = await decryptFor(tx, document.partyId, detailsField(document.id), row.details_ct);
  return text === erasedText ? {} : (JSON.parse(text) as DocumentDetails);
}

export interface DocumentContent {
  readonly mediaType: MediaType;
  readonly content: Buffer;
}

/**
 * The picture itself, and a line in the log of readings: who looked, and when. Staff need `document.read`
 * (403 without); a client reads their own. 410 `erased` once the party's key is gone.
 */
export async function readDocumentContent(tx: Tx, id: string): Promise<DocumentContent> {
  const { scope } = tx;
  if (scope.kind !== 'client' && !may(scope, 'document.read')) throw forbidden('document.read');
  const document = await readDocument(tx, id);
  const [row] = await rows<{ content_ct: Buffer }>(
    tx,
    'select content_ct from document where id = :id',
    { id },
  );
  if (!row) throw notFound('document');
  await rows(tx, 'insert into document_read (document_id, user_id) values (:id, :userId)', {
    id,
    userId: scope.kind === 'system' ? scope.actor : scope.userId,
  });
  const content = await decryptBytesFor(tx, document.partyId, contentField(id), row.content_ct);
  if (!content) {
    throw new Problem({ status: 410, code: 'erased', detail: 'This document has been erased.' });
  }
  return { mediaType: document.mediaType, content };
}

export interface DocumentReading {
  readonly userId: string;
  readonly at: string;
}

/** Who has looked at the document, latest first. */
export async function readingsOf(tx: Tx, documentId: string): Promise<DocumentReading[]> {
  await readDocument(tx, documentId);
  const found = await rows<{ user_id: string; at: string }>(
    tx,
    'select user_id, at from document_read where document_id = :documentId order by at desc, id desc limit 100',
    { documentId },
  );
  return found.map((row) => ({ userId: row.user_id, at: utc(row.at) }));
}

/** The same bytes again: an earlier document of this client, or a document of another one of the entity. */
export async function sameContent(
  tx: Tx,
  document: Document,
): Promise<{ readonly resubmitted: boolean; readonly elsewhere: boolean }> {
  const found = await rows<{ client_id: string }>(
    tx,
    `select o.client_id from document d join document o on o.content_hash = d.content_hash and o.id <> d.id
     where d.id = :id and o.entity_id = d.entity_id and (o.client_id <> d.client_id or o.uploaded_at < d.uploaded_at)
     limit 50`,
    { id: document.id },
  );
  return {
    resubmitted: found.some((row) => row.client_id === document.clientId),
    elsewhere: found.some((row) => row.client_id !== document.clientId),
  };
}

/** Keeps what the checks found. */
export async function recordChecks(
  tx: Tx,
  id: string,
  checks: readonly DocumentCheck[],
): Promise<void> {
  await rows(tx, 'update document set checks = :checks where id = :id', {
    id,
    checks: JSON.stringify(checks),
  });
}

/**
 * An officer approves a document, or rejects it with reason codes, while the case is in review. It does not
 * exclude the officer from deciding the case. 409 `not_in_review` and `archived`.
 */
export async function decideDocument(
  tx: Tx,
  id: string,
  decision: { readonly approve: boolean; readonly reasons: readonly string[] },
): Promise<Document> {
  if (!may(tx.scope, 'kyc.decide')) throw forbidden('kyc.decide');
  const document = await readDocument(tx, id);
  const present = await lockCase(tx, document.caseId);
  if (present.state !== 'in_review') {
    throw conflict('not_in_review', 'Documents are decided while their case is in review.', {
      state: present.state,
    });
  }
  if (decision.approve) await assertPowerInForce(tx, document);
  const { scope } = tx;
  return asSystem(tx, async (system) => {
    const decided = await setDocumentState(system, present, {
      document,
      to: decision.approve ? 'approved' : 'rejected',
      reasons: decision.approve ? [] : decision.reasons,
    });
    if (scope.kind === 'staff') {
      await recordParticipation(system, present.id, scope.userId, 'examined_document');
    }
    return decided;
  });
}

/** Nobody lets an attorney act by a power that is over. 409 `power_expired`. */
async function assertPowerInForce(tx: Tx, document: Document): Promise<void> {
  if (document.kind !== powerOfAttorney) return;
  const { expiresOn } = await readDetails(tx, document);
  if (expiresOn !== undefined && expiresOn < new Date().toISOString().slice(0, 10))
    throw conflict('power_expired', 'This power of attorney has expired.');
}

/** Moves a document that has not been replaced. 409 `archived`. */
export async function setDocumentState(
  tx: Tx,
  of: KycCase,
  {
    document,
    to,
    reasons,
  }: { document: Document; to: 'approved' | 'rejected'; reasons: readonly string[] },
): Promise<Document> {
  const [row] = await rows<DocumentRow>(
    tx,
    `update document set state = :to, reasons = :reasons, decided_by = :by, decided_at = clock_timestamp()
     where id = :id and state <> 'archived' returning ${columns}`,
    { id: document.id, to, reasons: [...reasons], by: tx.scope.actor },
  );
  if (!row) throw conflict('archived', 'A later document has taken this one’s place.');
  await appendEvents(tx, [
    caseEvent(of, `kyc.document_${to}`, { document: document.id, reasons: [...reasons] }),
  ]);
  return fromRow(row);
}

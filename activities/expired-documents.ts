import type { Instant } from '../domain/account/instant';
import {
  expiredDocuments,
  type CalendarStep,
  type DatedDocument,
} from '../domain/compliance/calendar';
import { nameOfKind, powerOfAttorney } from '../domain/kyc/document';
import { workflowIds } from '../temporal-config/workflow-ids';
import { endRestriction, setRestriction } from '../db/client-restrictions';
import type { ComplianceCalendarRow } from '../db/compliance-calendars';
import type { CalendarReading } from '../db/compliance-facts';
import type { Tx } from '../db/connection';
import { appendEvents } from '../db/events';
import type { KycCase } from '../db/kyc';
import { readApplication, readRequirements } from '../db/kyc-requirements';
import { holderOf } from '../db/parties';
import { queueMail } from '../db/mails';
import { restrictionsOf } from '../db/restrictions';

type StepOf<Kind extends CalendarStep['kind']> = Extract<CalendarStep, { kind: Kind }>;

/** A letter to the client: a newer document is wanted. */
export async function noticeExpiring(
  tx: Tx,
  reading: CalendarReading,
  { document, days, key }: StepOf<'notice'>,
): Promise<void> {
  await write(tx, reading, { kind: 'document_expiring', document, key });
  await appendEvents(tx, [
    event(reading, 'client.document_expiring', { document: document.id, days }),
  ]);
}

export async function noticeExpired(
  tx: Tx,
  reading: CalendarReading,
  { document, key }: StepOf<'expired'>,
): Promise<void> {
  await write(tx, reading, { kind: 'document_expired', document, key });
  await appendEvents(tx, [event(reading, 'client.document_expired', { document: document.id })]);
  const { expiredBars } = reading.parameters;
  // A power that is over ends what the attorney may do, and nothing of the client's own.
  if (isPower(reading, document)) return;
  const { id: clientId } = reading.client;
  if (expiredBars.length === 0 || (await ownBars(tx, clientId)).length > 0) return;
  await setRestriction(tx, {
    clientId,
    kind: 'expired_kyc',
    scopes: expiredBars,
    reason: `document ${document.id} has expired`,
  });
}

function isPower({ documents }: CalendarReading, { id }: DatedDocument): boolean {
  return documents.some((each) => each.id === id && each.kind === powerOfAttorney);
}

/** What this process has barred ends with its cause: a newer document is there. */
export async function barByExpiry(
  tx: Tx,
  { clientId }: ComplianceCalendarRow,
  reading: CalendarReading,
  now: Instant,
): Promise<void> {
  const { calendar } = reading;
  const expired = expiredDocuments(calendar, now).filter((each) => !isPower(reading, each));
  if (expired.length > 0) return;
  for (const { id } of await ownBars(tx, clientId))
    await endRestriction(tx, clientId, id, 'no document is out of date any more');
}

async function ownBars(tx: Tx, clientId: string) {
  const own = `workflow:${workflowIds.compliance(clientId)}`;
  return (await restrictionsOf(tx, clientId)).filter(
    ({ kind, setBy, liftedAt }) => kind === 'expired_kyc' && setBy === own && liftedAt === null,
  );
}

async function write(
  tx: Tx,
  { client, documents, case: of }: CalendarReading,
  letter: {
    readonly kind: 'document_expiring' | 'document_expired';
    readonly document: DatedDocument;
    readonly key: string;
  },
): Promise<void> {
  const found = documents.find(({ id }) => id === letter.document.id);
  if (found === undefined || of === undefined) return;
  await queueMail(tx, {
    key: `${letter.kind}/${letter.key}`,
    kind: letter.kind,
    clientId: client.id,
    entityId: client.entityId,
    data: {
      document: await nameInLetter(tx, of, found.kind),
      date: found.expiresOn,
      link:
        found.partyId === (await holderOf(tx, client.id)).id
          ? `/client/documents/${found.slot}`
          : `/client/parties/${found.partyId}/documents/${found.slot}`,
    },
  });
}

/** As the client knows the kind: "passport". */
export async function nameInLetter(tx: Tx, of: KycCase, kind: string): Promise<string> {
  const { kinds } = await readRequirements(tx, await readApplication(tx, of));
  const name = nameOfKind(kinds, kind);
  // What is written large throughout, such as "ID card", stays so.
  return /^[A-Z][a-z]/.test(name) ? `${name.charAt(0).toLowerCase()}${name.slice(1)}` : name;
}

function event(
  { client }: CalendarReading,
  type: 'client.document_expiring' | 'client.document_expired',
  payload: { readonly [key: string]: string | number },
) {
  return { subject: client.id, type, entityId: client.entityId, clientId: client.id, payload };
}

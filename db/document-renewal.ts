import { addDays, instant } from '../domain/account/instant';
import { expiresAt } from '../domain/compliance/calendar';
import type { Slot } from '../domain/onboarding/checklist';
import { expiringDocuments } from './compliance-facts';
import { rows, type Tx } from './connection';
import { setDocumentState, type Document } from './documents';
import type { KycCase } from './kyc';
import { effectivePolicy } from './policies';

/** Where an approved client may send a newer document: what stands there expires soon, or has. */
export async function renewableSlots(
  tx: Tx,
  of: KycCase,
  today: string,
): Promise<ReadonlySet<Slot>> {
  if (of.state !== 'approved') return new Set();
  const { entityId } = of;
  const { compiled } = await effectivePolicy(tx, 'compliance.calendar', { entityId });
  const ahead = Math.max(0, ...compiled.effective.parameters.noticeDays);
  const until = addDays(instant(`${today}T00:00:00Z`), ahead + 1);
  const dated = await expiringDocuments(tx, of, today);
  return new Set(dated.filter((each) => expiresAt(each) <= until).map(({ slot }) => slot));
}

/** The newer document takes the place of the old ones of its slot. Runs as the system. */
export async function acceptRenewal(tx: Tx, of: KycCase, document: Document): Promise<void> {
  await rows(
    tx,
    `update document set state = 'archived'
     where case_id = :caseId and slot = :slot and id <> :id and state <> 'archived'`,
    { caseId: of.id, slot: document.slot, id: document.id },
  );
  await setDocumentState(tx, of, { document, to: 'approved', reasons: [] });
}

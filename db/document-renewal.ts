import { addDays, instant } from '../domain/account/instant';
import { expiresAt } from '../domain/compliance/calendar';
import type { Slot } from '../domain/onboarding/checklist';
import { expiringDocuments } from './compliance-facts';
import { rows, type Tx } from './connection';
import { setDocumentState, type Document } from './documents';
import type { KycCase } from './kyc';
import { effectivePolicy } from './policies';
import { documentsPolicy, readRequirements, type Application } from './kyc-requirements';
import { gradeLevel, readLevel } from './client-levels';
import { evidenceToGoOn } from '../domain/kyc/levels';
import { knownKinds } from '../domain/kyc/document';
import { isDeclaration, type KycDocumentsOutcome } from '../domain/policy/kinds/kyc-documents';

/** Where a newer document of a party of an approved client may be sent: what stands there expires soon, or has. */
export async function renewableSlots(
  tx: Tx,
  of: KycCase,
  today: string,
  partyId: string,
): Promise<ReadonlySet<Slot>> {
  if (of.state !== 'approved') return new Set();
  const { entityId } = of;
  const { compiled } = await effectivePolicy(tx, 'compliance.calendar', { entityId });
  const ahead = Math.max(0, ...compiled.effective.parameters.noticeDays);
  const until = addDays(instant(`${today}T00:00:00Z`), ahead + 1);
  const dated = await expiringDocuments(tx, of, today);
  return new Set(
    dated
      .filter((each) => each.partyId === partyId && expiresAt(each) <= until)
      .map(({ slot }) => slot),
  );
}

/** What an approved client may send to reach the next level: proofs that nobody has asked them for. */
export async function slotsToGoOn(tx: Tx, of: KycCase): Promise<ReadonlySet<Slot>> {
  if (of.state !== 'approved') return new Set();
  const { next } = await readLevel(tx, of.clientId);
  return new Set(
    (next?.wants ?? []).flatMap((want) => (want.kind === 'document' ? [want.slot] : [])),
  );
}

/** What the client is asked for and, once approved, what the next level asks for besides: see `slotsToGoOn`. */
export async function readOpenRequirements(
  tx: Tx,
  application: Application,
  toGoOn: ReadonlySet<Slot>,
): Promise<KycDocumentsOutcome> {
  const asked = await readRequirements(tx, application);
  const there = [...asked.requirements, ...asked.declarations];
  const wanted = [...toGoOn].filter((slot) => !there.some((each) => each.slot === slot));
  if (wanted.length === 0) return asked;
  const { compiled } = await documentsPolicy(tx, application);
  const { requirements, kinds } = compiled.effective.parameters;
  const known = [...requirements, ...compiled.rules.map(({ rule }) => rule.then.require)];
  const more = wanted.map(
    (slot) => known.find((each) => each.slot === slot) ?? evidenceToGoOn[slot],
  );
  const accepted = new Set([...there, ...more].flatMap((each) => each.accepted));
  return {
    ...asked,
    requirements: [...asked.requirements, ...more.filter((each) => !isDeclaration(each))],
    declarations: [...asked.declarations, ...more.filter(isDeclaration)],
    kinds: knownKinds(kinds).filter(({ code }) => accepted.has(code)),
  };
}

/** The newer document takes the place of the old ones of its slot. Runs as the system. */
export async function acceptRenewal(tx: Tx, of: KycCase, document: Document): Promise<void> {
  await rows(
    tx,
    `update document set state = 'archived'
     where case_id = :caseId and party_id = :partyId and slot = :slot and id <> :id and state <> 'archived'`,
    { caseId: of.id, partyId: document.partyId, slot: document.slot, id: document.id },
  );
  await setDocumentState(tx, of, { document, to: 'approved', reasons: [] });
  await gradeLevel(tx, of);
}

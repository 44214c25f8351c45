import { instant } from '../domain/account/instant';
import type { Calendar, DatedDocument, ReviewedRestriction } from '../domain/compliance/calendar';
import type { DocumentKind } from '../domain/kyc/document';
import { parseMrz } from '../domain/kyc/mrz';
import type { Slot } from '../domain/onboarding/checklist';
import { evaluate } from '../domain/policy/evaluate';
import type { ParametersOf } from '../domain/policy/kinds/registry';
import { readClient, type Client } from './clients';
import { takenSteps, type ComplianceCalendarRow, type TakenStep } from './compliance-calendars';
import type { Tx } from './connection';
import { currentDocuments, readDetails, type Document } from './documents';
import { latestCase, readAnswers, type KycCase } from './kyc';
import { holderOf } from './parties';
import { effectivePolicy } from './policies';
import { restrictionsOf } from './restrictions';

/** Everything a client's calendar is worked out from, and what it comes to. */
export interface CalendarReading {
  readonly client: Client;
  /** Undefined for a client who never applied. */
  readonly case: KycCase | undefined;
  readonly calendar: Calendar;
  readonly steps: readonly TakenStep[];
  readonly documents: readonly ExpiringDocument[];
  readonly parameters: ParametersOf<'compliance.calendar'>;
  /** Why the cycle is as long as it is: reason codes of the rules, or the risk score's own cycle. */
  readonly cycleReasons: readonly string[];
}

export interface ExpiringDocument extends DatedDocument {
  readonly kind: DocumentKind;
  readonly slot: Slot;
  readonly partyId: string;
}

/** Works out the calendar under the policies of now. Runs as the system, or for staff who may see the client's case. */
export async function readComplianceCalendar(
  tx: Tx,
  row: ComplianceCalendarRow,
  today: string,
): Promise<CalendarReading> {
  const client = await readClient(tx, row.clientId);
  const of = await latestCase(tx, row.clientId);
  const { parameters, reviewMonths, cycleReasons } = await readCycle(tx, client, of);
  const documents = of === undefined ? [] : await expiringDocuments(tx, of, today);
  const steps = await takenSteps(tx, row.clientId);
  return {
    client,
    case: of,
    steps,
    documents,
    parameters,
    cycleReasons,
    calendar: {
      rules: {
        reviewMonths,
        reviewLeadDays: parameters.reviewLeadDays,
        noticeDays: parameters.noticeDays,
      },
      reviewedAt: row.reviewedAt === null ? null : instant(row.reviewedAt),
      documents,
      change:
        row.changedAt === null
          ? null
          : { at: instant(row.changedAt), fields: [...row.changedFields] },
      restrictions: await reviewedRestrictions(tx, row.clientId),
      taken: new Set(steps.map(({ key }) => key)),
    },
  };
}

/** Facts of the policy `compliance.calendar`. */
export async function calendarFacts(tx: Tx, client: Client, of: KycCase | undefined) {
  const holder = await holderOf(tx, client.id);
  const answers =
    of === undefined ? undefined : await readAnswers(tx, { caseId: of.id, partyId: holder.id });
  return {
    'risk.level': client.riskLevel,
    'client.pep': answers?.pep ?? null,
    'client.residence': client.residence,
    'client.category': client.category,
  };
}

async function readCycle(tx: Tx, client: Client, of: KycCase | undefined) {
  const { entityId } = client;
  const { compiled } = await effectivePolicy(tx, 'compliance.calendar', { entityId });
  const { outcome } = evaluate(compiled, await calendarFacts(tx, client, of));
  const risk = await effectivePolicy(tx, 'kyc.risk', { entityId });
  // A risk that is not known counts as high.
  const byRisk = risk.compiled.effective.parameters.reviewMonths[client.riskLevel ?? 'high'];
  return {
    parameters: compiled.effective.parameters,
    reviewMonths: Math.min(byRisk, outcome.monthsMax),
    cycleReasons:
      outcome.monthsMax <= byRisk
        ? outcome.reasons
        : [`RISK_${(client.riskLevel ?? 'high').toUpperCase()}`],
  };
}

/** Approved documents that say until when they are good. */
export async function expiringDocuments(
  tx: Tx,
  of: KycCase,
  today: string,
): Promise<ExpiringDocument[]> {
  const dated: ExpiringDocument[] = [];
  for (const document of await currentDocuments(tx, of.id)) {
    if (document.state !== 'approved') continue;
    const expiresOn = await expiryOf(tx, document, today);
    if (expiresOn === undefined) continue;
    const { id, kind, slot, partyId } = document;
    dated.push({ id, expiresOn, kind, slot, partyId });
  }
  return dated;
}

/** What the machine-readable lines say wins over what was typed. */
async function expiryOf(tx: Tx, document: Document, today: string): Promise<string | undefined> {
  const { mrz, expiresOn } = await readDetails(tx, document);
  const zone = mrz === undefined ? undefined : parseMrz(mrz, today);
  return (zone?.ok ? zone.mrz.expiresOn : undefined) ?? expiresOn;
}

/** A hidden one is looked at by the MLRO's circle, in its own way: a visible task would tell of it. */
async function reviewedRestrictions(tx: Tx, clientId: string): Promise<ReviewedRestriction[]> {
  return (await restrictionsOf(tx, clientId)).flatMap(
    ({ id, kind, reviewAt, liftedAt, restricted }) =>
      reviewAt === null || liftedAt !== null || restricted
        ? []
        : [{ id, kind, reviewAt: instant(reviewAt) }],
  );
}
